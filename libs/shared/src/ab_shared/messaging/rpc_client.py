"""Calling: one queue of replies for the process, one future for each call."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

from aio_pika.abc import AbstractIncomingMessage

from ab_shared.contracts.base import ReplyT, Request
from ab_shared.contracts.envelope import Envelope
from ab_shared.errors import (
    DeadlineExceeded,
    DependencyUnavailable,
    Overloaded,
    Unroutable,
)
from ab_shared.messaging import headers as header
from ab_shared.messaging import metrics
from ab_shared.messaging.calling import envelope_for, time_left
from ab_shared.messaging.codec import decode_reply, encode, route_for
from ab_shared.messaging.link import Link
from ab_shared.messaging.publishing import Confirmed, Parcel
from ab_shared.messaging.topology import REPLIES, RPC, replies_queue
from ab_shared.messaging.tracing import sending

# A bound on memory and patience: beyond it an answer would come too late anyway.
MAX_WAITING_CALLS = 1000


class RpcClient:
    """Sends requests and matches replies to them by correlation id."""

    def __init__(self, service: str, instance: str, publisher: Confirmed) -> None:
        self._service = service
        self._instance = instance
        self._publisher = publisher
        self._reply_to: str | None = None
        self._waiting: dict[str, asyncio.Future[AbstractIncomingMessage]] = {}

    @property
    def waiting(self) -> int:
        """How many calls wait for their reply."""
        return len(self._waiting)

    async def set_up(self, link: Link) -> None:
        """Opens the queue of replies, under a new name for each connection."""
        channel = await link.channel()
        name = replies_queue(self._service, f"{self._instance}.{uuid4().hex[:8]}")
        queue = await channel.declare_queue(name, exclusive=True, auto_delete=True)
        await queue.bind(REPLIES, name)
        await queue.consume(self._receive, no_ack=True)
        self._reply_to = name

    def lose(self) -> None:
        """The queue of replies is gone, and with it every reply on its way."""
        self._reply_to = None
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_exception(DependencyUnavailable("the broker went away"))

    async def call(self, request: Request[ReplyT], timeout_seconds: float) -> ReplyT:
        """As ``Caller.call``."""
        began = time.perf_counter()
        outcome = "done"
        try:
            return await self._call(request, time_left(timeout_seconds))
        except BaseException as error:  # a caller that gave up has no answer either
            outcome = type(error).__name__
            raise
        finally:
            seconds = time.perf_counter() - began
            metrics.CALLS.labels(request.routing_key, outcome).observe(seconds)

    async def _call(self, request: Request[ReplyT], seconds: float) -> ReplyT:
        envelope = envelope_for(request, self._service)
        route_for(envelope, self._service)
        # At once: a request could be sent on the other connection, but no answer would find back.
        if self._reply_to is None:
            raise DependencyUnavailable("the broker is away")
        if len(self._waiting) >= MAX_WAITING_CALLS:
            raise Overloaded("too many calls are waiting")
        call_id = uuid4().hex
        reply: asyncio.Future[AbstractIncomingMessage] = asyncio.get_running_loop().create_future()
        # All of this before it is sent: the answer may be quicker than the confirm.
        reply.add_done_callback(_looked_at)
        self._waiting[call_id] = reply
        metrics.WAITING_CALLS.inc()
        try:
            async with asyncio.timeout(seconds):
                with sending(RPC, envelope):
                    await self._publisher.send(self._parcel(envelope, call_id, seconds))
                answer = await reply
        except TimeoutError:
            raise DeadlineExceeded(f"no answer to {envelope.routing_key} in time") from None
        except Unroutable:
            raise DependencyUnavailable(f"nobody serves {envelope.routing_key}") from None
        finally:
            self._waiting.pop(call_id, None)
            metrics.WAITING_CALLS.dec()
        return decode_reply(request, answer.body, answer.headers)

    def _parcel(self, envelope: Envelope, call_id: str, seconds: float) -> Parcel:
        return Parcel(
            RPC,
            envelope.routing_key,
            encode(envelope),
            envelope.id,
            {**header.capture(), header.DEADLINE: str(time.time() + seconds)},
            lasting=False,
            # The broker drops what waits longer than its caller; what is taken up just before is
            # measured by its deadline.
            expiration=seconds,
            correlation_id=call_id,
            reply_to=self._reply_to,
        )

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        reply = self._waiting.get(message.correlation_id or "")
        if reply is not None and not reply.done():
            reply.set_result(message)


def _looked_at(reply: asyncio.Future[AbstractIncomingMessage]) -> None:
    """A reply that nobody waits for any more must not be reported as an error never seen."""
    if not reply.cancelled():
        reply.exception()
