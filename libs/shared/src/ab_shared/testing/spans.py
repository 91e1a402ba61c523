"""The spans that a test's own process has made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from ab_shared.runtime.telemetry_tracer import LeanProvider


class _Kept(SpanProcessor):
    def __init__(self) -> None:
        self.into: list[ReadableSpan] | None = None

    def on_end(self, span: ReadableSpan) -> None:
        if self.into is not None:
            self.into.append(span)


# The library takes a provider once in a process: whoever wants spans shares this one.
_KEPT = _Kept()


@contextmanager
def recorded() -> Iterator[list[ReadableSpan]]:
    """What ended inside the block, in the order of its ends, sampled or not.

    Raises:
        RuntimeError: somebody else has set up tracing in this process.
    """
    if not isinstance(trace.get_tracer_provider(), LeanProvider):
        trace.set_tracer_provider(LeanProvider(_KEPT))
    spans: list[ReadableSpan] = []
    _KEPT.into = spans
    try:
        with trace.get_tracer("ab.testing").start_as_current_span("test") as root:
            if not root.is_recording():
                raise RuntimeError("Tracing was set up otherwise in this process")
            yield spans
    finally:
        _KEPT.into = None
