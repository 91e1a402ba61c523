"""Spans of what a request or message has done outside this process, and of heavy work inside.

They stand below the current span. Where there is none nothing is said: a relay that polls ten
times a second is no part of anything. None of them becomes the current span, which halves what
they cost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, StatusCode

_TRACER = trace.get_tracer("ab")
_NANOSECONDS = 1_000_000_000


@contextmanager
def step(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str] | None = None,
    *,
    calm: tuple[type[BaseException], ...] = (),
) -> Iterator[Span]:
    """A span around a block; an error of the block marks it by its class, never by its words.

    ``calm`` are answers that only look like errors.
    """
    if not trace.get_current_span().is_recording():
        yield INVALID_SPAN
        return
    span = _TRACER.start_span(name, kind=kind, attributes=dict(attributes or {}))
    try:
        yield span
    except BaseException as error:
        # Whoever was cancelled did not fail: somebody else had no more time for it.
        if not isinstance(error, (*calm, asyncio.CancelledError)):
            fail(span, type(error).__name__)
        raise
    finally:
        span.end()


def tell(name: str, seconds: float, attributes: Mapping[str, str], *, failed: str = "") -> None:
    """A span of a call that has just ended, ``seconds`` after it began; ``failed`` says how."""
    if not trace.get_current_span().is_recording():
        return
    ended = time.time_ns()
    span = _TRACER.start_span(
        name,
        kind=SpanKind.CLIENT,
        attributes=dict(attributes),
        start_time=ended - round(seconds * _NANOSECONDS),
    )
    if failed:
        fail(span, failed)
    span.end(ended)


def fail(span: Span, kind: str) -> None:
    """Marks a span as failed; ``kind`` is one of few words (a class of errors)."""
    span.set_status(StatusCode.ERROR, kind)
    span.set_attribute("error.type", kind)
