"""Making a session, so that asking again is the same session and costs nothing more."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from ab_shared.contracts import http, rpc
from ab_shared.contracts.identifiers import session_id_for
from ab_shared.errors import KeyReused, RequestRefused, TransientError
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity
from ab_gateway.domain.request_keys import fingerprint, slot
from ab_gateway.ports import RequestKeys
from ab_gateway.usecases.sign_urls import SignUrls

ROUTE = "POST /sessions"
# Longer than other calls: in a crowd a create waits for its turn at two services, and a refusal
# that comes late is worth more to a listener than no answer.
CREATE_SECONDS = 12.0
logger = logging.getLogger("ab.gateway")


class CreateSession:
    """Names the session by who asks and under which key, and lets the session service make it."""

    def __init__(self, services: Caller, keys: RequestKeys, sign_urls: SignUrls) -> None:
        self._services = services
        self._keys = keys
        self._sign_urls = sign_urls

    async def __call__(
        self, caller: Identity, draft: http.DraftSession, key: str | None
    ) -> http.CreatedSessionV3:
        """The session and its job, the same ones for the same ``localDraftId`` or ``key``.

        Raises ``KeyReused`` for a key that came with another body, and whatever refuses the
        session: FreeLimitReached, ValidationFailed.
        """
        request = rpc.CreateSession(
            session_id=session_id_for(caller.user_id, _name(draft, key)),
            user_id=caller.user_id,
            draft=_for_session(draft),
        )
        async with self._claimed(caller, draft, key):
            made = await self._services.call(request, timeout=CREATE_SECONDS)
        return presenting.created_session(made.session, made.job.id, self._sign_urls().sign)

    @asynccontextmanager
    async def _claimed(
        self, caller: Identity, draft: http.DraftSession, key: str | None
    ) -> AsyncIterator[None]:
        """Holds the key to one body; a refused request leaves the key free."""
        if key is None:
            yield
            return
        place = slot(caller.user_id, ROUTE, key)
        first = await self._claim(place, fingerprint(key, draft.model_dump_json().encode()))
        try:
            yield
        except RequestRefused:
            if first:
                await self._release(place)
            raise

    async def _claim(self, place: str, mark: str) -> bool:
        try:
            before = await self._keys.claim(place, mark)
        except TransientError:
            # The session's id still makes a retry the same session; only the check is lost.
            logger.warning("a request key went unchecked", extra={"route": ROUTE})
            return False
        if before is not None and before != mark:
            raise KeyReused("This Idempotency-Key was sent before with another body")
        return before is None

    async def _release(self, place: str) -> None:
        try:
            await self._keys.release(place)
        except TransientError:
            logger.warning("a request key stays taken for a day", extra={"route": ROUTE})


def _name(draft: http.DraftSession, key: str | None) -> str:
    if draft.local_draft_id is not None:
        return str(draft.local_draft_id)
    # No draft's id holds a blank: a key that reads like one names another session.
    return str(uuid4()) if key is None else f"key {key}"


def _for_session(draft: http.DraftSession) -> rpc.SessionDraft:
    return rpc.SessionDraft(
        title=draft.title,
        goal_tag=draft.goal_tag or None,
        lines=tuple(draft.affirmations),
        voice_id=draft.voice_id,
        solfeggio_hz=draft.solfeggio_hz,
        frequency_hz=draft.frequency_hz,
    )
