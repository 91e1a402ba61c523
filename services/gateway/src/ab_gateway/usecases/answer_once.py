"""Doing what a request with an Idempotency-Key asks for once, and answering it as often as asked.

Every route that makes or changes something goes through here. What is kept is the unsigned answer
of the service behind, sealed; bodies are made of it anew, so a replay has URLs that work.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import uuid4

from ab_shared.errors import Conflict, KeyReused, RequestRefused, TransientError
from prometheus_client import Counter
from pydantic import BaseModel, ValidationError

from ab_gateway.domain.request_keys import Claim, Keyed
from ab_gateway.ports import StoredAnswers

ReplyT = TypeVar("ReplyT", bound=BaseModel)
SEEN = Counter(
    "ab_request_keys_total", "Requests with an Idempotency-Key, by outcome.", ("route", "outcome")
)
# How soon a client may look whether its first try has been answered.
WAIT_SECONDS = 1
UNCHECKED = Claim("again")
logger = logging.getLogger("ab.gateway")


class AnswerOnce:
    """Holds a key to one request and its answer for a day.

    While the shared cache is away requests are done unchecked: what is behind them names things
    by the key, so nothing is made or spent twice.
    """

    def __init__(self, answers: StoredAnswers) -> None:
        self._answers = answers

    async def __call__(
        self, asked: Keyed | None, reply_type: type[ReplyT], work: Callable[[], Awaitable[ReplyT]]
    ) -> ReplyT:
        """The answer of ``work``, or the one it had before; without a key ``work`` is just done.

        Raises:
            KeyReused: the key came before with another request.
            Conflict: the same request is still in work; ``retry_after`` says when to look again.
        """
        if asked is None:
            return await work()
        owner = uuid4().hex
        claim = await self._claim(asked, owner)
        SEEN.labels(asked.route, "unchecked" if claim is UNCHECKED else claim.kind).inc()
        if claim.kind == "done":
            kept = _read(reply_type, claim.answer)
            return kept if kept is not None else await work()
        if claim.kind == "other":
            raise KeyReused("This Idempotency-Key was sent before with another request")
        if claim.kind == "running":
            wait = {"retry_after": WAIT_SECONDS}
            raise Conflict("The same request is still in work", details=wait)
        if claim is UNCHECKED:
            return await work()
        async with self._held(asked, owner, first=claim.kind == "first"):
            reply = await work()
        await self._finish(asked, owner, reply)
        return reply

    async def _claim(self, asked: Keyed, owner: str) -> Claim:
        try:
            return await self._answers.claim(asked, owner)
        except TransientError:
            logger.warning("a request key went unchecked", extra={"route": asked.route})
            return UNCHECKED

    @asynccontextmanager
    async def _held(self, asked: Keyed, owner: str, *, first: bool) -> AsyncIterator[None]:
        try:
            yield
        except RequestRefused:
            # Nothing was done: the key is free for another try, with whatever body. Not after a
            # try that came to no answer, because that one may have been done.
            await self._let_go(asked, owner, forget=first)
            raise
        except BaseException:
            # Nobody knows what was done (this may be a request cut off at its deadline).
            await self._let_go(asked, owner, forget=False)
            raise

    async def _let_go(self, asked: Keyed, owner: str, *, forget: bool) -> None:
        try:
            await self._answers.let_go(asked, owner, forget=forget)
        except TransientError:
            logger.warning("a request key is held a little longer", extra={"route": asked.route})

    async def _finish(self, asked: Keyed, owner: str, reply: BaseModel) -> None:
        try:
            await self._answers.finish(asked, owner, reply.model_dump_json().encode())
        except TransientError:
            # It was done: a retry does it again, which changes nothing.
            logger.warning("an answer was not kept", extra={"route": asked.route})


def _read(reply_type: type[ReplyT], answer: bytes) -> ReplyT | None:
    try:
        return reply_type.model_validate_json(answer)
    except ValidationError:
        # Kept by a release that wrote it otherwise.
        return None
