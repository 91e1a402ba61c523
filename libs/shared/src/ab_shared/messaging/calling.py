"""What every call begins with, whatever carries it."""

from __future__ import annotations

from typing import Any

from ab_shared.contracts.base import Request
from ab_shared.contracts.envelope import Envelope, wrap
from ab_shared.errors import DeadlineExceeded
from ab_shared.messaging.headers import remaining
from ab_shared.runtime.context import current


def envelope_for(request: Request[Any], service: str) -> Envelope:
    """The envelope of a request of ``service``, part of the present work."""
    context = current()
    return wrap(
        request,
        producer=service,
        correlation_id=context.correlation_id,
        causation_id=context.causation_id,
    )


def time_left(timeout: float) -> float:
    """Seconds this call may take: its own timeout within the deadline of the present work."""
    left = remaining(current().deadline)
    seconds = timeout if left is None else min(timeout, left)
    if seconds <= 0:
        raise DeadlineExceeded("the time for this request is over")
    return seconds
