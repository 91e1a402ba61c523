"""Handling one message: decode, run its handler, decide what becomes of it. Knows no broker."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import StatusCode

from ab_shared.contracts.base import Message
from ab_shared.contracts.envelope import Envelope
from ab_shared.errors import FatalError, InvalidMessage, PermanentError
from ab_shared.messaging import headers as header
from ab_shared.messaging import metrics
from ab_shared.messaging.codec import decode, message_in
from ab_shared.messaging.ports import Subscription
from ab_shared.messaging.topology import Rung
from ab_shared.messaging.tracing import processing
from ab_shared.runtime.context import bound

logger = logging.getLogger("ab.messaging")

UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a message became a dead letter."""

    INVALID = "invalid"
    UNHANDLED = "unhandled"
    PERMANENT = "permanent"
    EXHAUSTED = "exhausted"
    UNSENDABLE = "unsendable"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as it came from a queue."""

    queue: str
    body: bytes
    headers: Mapping[str, Any]
    message_id: str | None = None
    redelivered: bool = False

    def looked_at(self, envelope: Envelope) -> None:
        """Counts how long a new message waited; what comes again tells nothing of the queue."""
        if self.redelivered:
            metrics.REDELIVERED.labels(self.queue).inc()
        elif header.attempt_of(self.headers) == 1 and header.REPLAYS not in self.headers:
            waited = (datetime.now(UTC) - envelope.occurred_at).total_seconds()
            metrics.WAITED.labels(self.queue).observe(max(0.0, waited))


@dataclass(frozen=True, slots=True)
class Done:
    """The handler's work is done: forget the message."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Once more after a while, as attempt number ``attempt``."""

    rung: Rung
    attempt: int


@dataclass(frozen=True, slots=True)
class Dead:
    """Put it aside, with what is known about why."""

    reason: Reason
    headers: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Dropped:
    """Forget the message, though nobody could do anything with it: every process hears it."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Fatal:
    """The process can't go on; the message goes back to its queue."""

    error: FatalError


Outcome = Done | Retry | Dead | Dropped | Fatal


def stack_of(error: BaseException) -> list[str]:
    """Where an error came from, without its text: that may be private."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def stack_digest(error: BaseException) -> str:
    """Sixteen hex digits that are alike for errors from the same place of the code."""
    # Line numbers are left out: they change with every edit above them.
    frames = traceback.extract_tb(error.__traceback__)
    text = "\n".join([type(error).__name__, *(f"{f.filename}:{f.name}" for f in frames)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Dispatcher:
    """Runs the handlers of one queue.

    What every process hears, on a queue that dies with it (``live``), is neither tried again nor
    kept: the ladder leads back to the queues of services.
    """

    def __init__(
        self,
        queue: str,
        handlers: Mapping[str, Subscription],
        rungs: tuple[Rung, ...],
        *,
        live: bool = False,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._rungs = rungs
        self._live = live

    async def dispatch(self, delivery: Delivery) -> Outcome:
        """Handles one delivery; never raises except when it is cancelled."""
        try:
            envelope = decode(delivery.body)
        except InvalidMessage as error:
            return self._counted(UNKNOWN, self._dead(Reason.INVALID, error, delivery, None))
        delivery.looked_at(envelope)
        with (
            bound(header.context_of(envelope, delivery.headers)),
            processing(self._queue, envelope, delivery.headers),
        ):
            outcome = await self._handle(envelope, delivery)
        known = envelope.routing_key if envelope.routing_key in self._handlers else UNKNOWN
        return self._counted(known, outcome)

    async def _handle(self, envelope: Envelope, delivery: Delivery) -> Outcome:
        try:
            message = message_in(envelope)
        except InvalidMessage as error:
            return self._dead(Reason.INVALID, error, delivery, envelope)
        subscription = self._handlers.get(envelope.routing_key)
        if subscription is None:
            missing = InvalidMessage(f"nobody handles {envelope.routing_key} here")
            return self._dead(Reason.UNHANDLED, missing, delivery, envelope)
        return await self._run(subscription.handler, message, envelope, delivery)

    async def _run(
        self,
        handler: Callable[[Any], Awaitable[None]],
        message: Message,
        envelope: Envelope,
        delivery: Delivery,
    ) -> Outcome:
        try:
            with metrics.handling(envelope.routing_key):
                await handler(message)
        except asyncio.CancelledError:
            raise
        except FatalError as error:
            trace.get_current_span().set_status(StatusCode.ERROR, type(error).__name__)
            return Fatal(error)
        except PermanentError as error:
            return self._dead(Reason.PERMANENT, error, delivery, envelope)
        except Exception as error:  # what has no name may work the next time
            return self._again(error, delivery, envelope)
        return Done()

    def _again(self, error: Exception, delivery: Delivery, envelope: Envelope) -> Outcome:
        attempt = header.attempt_of(delivery.headers)
        # Attempt n has climbed n - 1 rungs: the last rung is tried too.
        if self._live or attempt > len(self._rungs):
            return self._dead(Reason.EXHAUSTED, error, delivery, envelope)
        trace.get_current_span().set_status(StatusCode.ERROR, type(error).__name__)
        rung = self._rungs[attempt - 1]
        logger.warning(
            "a message will be tried again",
            extra={
                "queue": self._queue,
                "message_id": envelope.id,
                "error": type(error).__name__,
                "stack": stack_of(error),
                "attempt": attempt,
                "again_in_seconds": rung.seconds,
            },
        )
        return Retry(rung, attempt + 1)

    def _dead(
        self, reason: Reason, error: Exception, delivery: Delivery, envelope: Envelope | None
    ) -> Dead | Dropped:
        span = trace.get_current_span()
        span.set_status(StatusCode.ERROR, type(error).__name__)
        facts: dict[str, str | int] = {
            header.REASON: reason.value,
            header.ERROR: type(error).__name__,
            header.ATTEMPT: header.attempt_of(delivery.headers),
            # The digest groups equal failures without a word of what somebody wrote.
            header.STACK: stack_digest(error),
            header.QUEUE: self._queue,
            header.ROUTING_KEY: envelope.routing_key if envelope else UNKNOWN,
            header.DIED_AT: header.now(),
            header.TRACE: trace.format_trace_id(span.get_span_context().trace_id),
        }
        logger.error(
            "an event was dropped" if self._live else "a message became a dead letter",
            extra={
                "message_id": envelope.id if envelope else delivery.message_id,
                "stack": stack_of(error),
                "details": error.details if isinstance(error, InvalidMessage) else {},
                **{name.removeprefix("x-").replace("-", "_"): v for name, v in facts.items()},
            },
        )
        return Dropped(reason) if self._live else Dead(reason, facts)

    def _counted(self, routing_key: str, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Dead | Dropped):
            word = outcome.reason.value
        else:
            word = type(outcome).__name__.lower()
        metrics.HANDLED.labels(self._queue, routing_key, word).inc()
        return outcome
