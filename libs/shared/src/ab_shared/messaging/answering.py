"""Answering one request: decode, run its answerer within its deadline, encode. Knows no broker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import StatusCode

from ab_shared.contracts.base import Request
from ab_shared.contracts.envelope import Envelope
from ab_shared.errors import (
    AbError,
    DeadlineExceeded,
    DependencyUnavailable,
    FatalError,
    InvalidMessage,
)
from ab_shared.messaging import headers as header
from ab_shared.messaging import metrics
from ab_shared.messaging.codec import Reply, decode, encode_answer, encode_error, message_in
from ab_shared.messaging.dispatching import Delivery, stack_digest, stack_of
from ab_shared.messaging.ports import Answerer
from ab_shared.messaging.tracing import processing
from ab_shared.runtime.context import bound

logger = logging.getLogger("ab.messaging")


class Responder:
    """Runs the answerers of one service."""

    def __init__(
        self,
        queue: str,
        answerers: Mapping[str, tuple[type[Request[Any]], Answerer[Any]]],
        on_fatal: Callable[[FatalError], None],
    ) -> None:
        self._queue = queue
        self._answerers = answerers
        self._on_fatal = on_fatal

    async def respond(self, delivery: Delivery) -> Reply | None:
        """The reply, or None when nobody waits for it any more."""
        try:
            envelope = decode(delivery.body)
        except InvalidMessage as error:
            return encode_error(error, "the request")
        delivery.looked_at(envelope)
        known = envelope.routing_key if envelope.routing_key in self._answerers else "unknown"
        deadline = header.deadline_of(delivery.headers)
        # Its caller has gone: working on it would only delay those who still wait.
        if (left := header.remaining(deadline)) is not None and left <= 0:
            metrics.HANDLED.labels(self._queue, known, "expired").inc()
            return None
        with (
            bound(header.context_of(envelope, delivery.headers)),
            processing(self._queue, envelope, delivery.headers),
        ):
            reply = await self._answer(envelope, left)
        metrics.HANDLED.labels(self._queue, known, reply.error or "done").inc()
        return reply

    async def _answer(self, envelope: Envelope, left: float | None) -> Reply:
        key = envelope.routing_key
        try:
            request, answerer = self._answerer(key)
            message = message_in(envelope)
            with metrics.handling(key):
                async with asyncio.timeout(left) as limit:
                    return encode_answer(await answerer(message), request)
        # Both our deadline and the answerer's own outside calls end as a TimeoutError.
        except TimeoutError as error:
            if limit.expired():
                return self._failed(DeadlineExceeded(f"{key} took too long"), key)
            return self._failed(error, key)
        except Exception as error:  # the caller gets every failure by name, never a stack trace
            return self._failed(error, key)

    def _answerer(self, key: str) -> tuple[type[Request[Any]], Answerer[Any]]:
        if key not in self._answerers:
            raise DependencyUnavailable(f"nobody answers {key}")
        return self._answerers[key]

    def _failed(self, error: Exception, key: str) -> Reply:
        if isinstance(error, FatalError):
            self._on_fatal(error)
        if isinstance(error, FatalError) or not isinstance(error, AbError):
            trace.get_current_span().set_status(StatusCode.ERROR, type(error).__name__)
            logger.error(
                "a request failed in a way that has no name",
                extra={
                    "request": key,
                    "error": type(error).__name__,
                    "stack": stack_of(error),
                    "stack_digest": stack_digest(error),
                },
            )
        return encode_error(error, key)
