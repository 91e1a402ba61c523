"""What travels beside a message: the trace, the request, the attempt, the deadline."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.context import Context as TraceContext

from ab_shared.contracts.envelope import Envelope
from ab_shared.runtime.context import Context, current, new_request_id

ATTEMPT = "x-attempt"
REQUEST_ID = "x-request-id"
DEADLINE = "x-deadline"
ERROR = "x-error"
REASON = "x-reason"
STACK = "x-stack-digest"
TRACE = "x-trace-id"
QUEUE = "x-original-queue"
ROUTING_KEY = "x-original-routing-key"
DIED_AT = "x-died-at"
REPLAYS = "x-replays"
# A header is only what somebody wrote: nonsense counts as a first attempt.
MAX_ATTEMPTS_KNOWN = 1000


def now() -> str:
    """The present instant, ISO 8601 in UTC to the microsecond: as text it sorts by time."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def capture() -> dict[str, str]:
    """The trace and the request of the present work, for a message that belongs to it.

    An outbox keeps them beside the envelope and hands them to ``publish`` later.
    """
    carrier = {REQUEST_ID: current().request_id}
    propagate.inject(carrier)
    return carrier


def trace_context(headers: Mapping[str, Any]) -> TraceContext:
    """The trace a message belongs to."""
    return propagate.extract({k: v for k, v in headers.items() if isinstance(v, str)})


def trace_id_of(headers: Mapping[str, Any]) -> str:
    """The id of that trace in hexadecimal; zeros without one."""
    span = trace.get_current_span(trace_context(headers))
    return trace.format_trace_id(span.get_span_context().trace_id)


def attempt_of(headers: Mapping[str, Any]) -> int:
    """How many times the message has been tried, this time included; from 1."""
    value = headers.get(ATTEMPT, 1)
    return value if isinstance(value, int) and 1 <= value <= MAX_ATTEMPTS_KNOWN else 1


def deadline_of(headers: Mapping[str, Any]) -> float | None:
    """When the sender stops waiting, in Unix seconds."""
    try:
        return float(headers[DEADLINE])
    except (KeyError, TypeError, ValueError):
        return None


def remaining(deadline: float | None) -> float | None:
    """Seconds until the deadline; None without one."""
    return None if deadline is None else deadline - time.time()


def context_of(envelope: Envelope, headers: Mapping[str, Any]) -> Context:
    """The context in which a message is handled; what it sets in motion is caused by it."""
    request_id = headers.get(REQUEST_ID)
    return Context(
        correlation_id=envelope.correlation_id,
        request_id=request_id if isinstance(request_id, str) else new_request_id(),
        causation_id=envelope.id,
        message_id=envelope.id,
        attempt=attempt_of(headers),
        deadline=deadline_of(headers),
        sent_at=envelope.occurred_at,
    )
