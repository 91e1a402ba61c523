"""What is kept of traces that are not sampled: all that one process did where something failed."""

from __future__ import annotations

import pytest
from ab_shared.runtime.telemetry_errors import (
    KEPT_FOR,
    MOST_FAILURES,
    MOST_OF_A_STORY,
    MOST_OPEN,
    ErrorsKept,
)
from ab_shared.runtime.telemetry_tracer import LeanProvider
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    StatusCode,
    TraceFlags,
    Tracer,
    TraceState,
)


class Kept(SpanProcessor):
    """What would be exported."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)

    @property
    def names(self) -> list[str]:
        """In the order in which they were handed on."""
        return [span.name for span in self.spans]


@pytest.fixture
def kept() -> Kept:
    return Kept()


def tracer_with(ratio: float, kept: Kept) -> tuple[Tracer, ErrorsKept]:
    keeping = ErrorsKept(kept)
    return LeanProvider(keeping, ratio).get_tracer("test"), keeping


@pytest.fixture
def tracer(kept: Kept) -> Tracer:
    return tracer_with(0, kept)[0]


def remote(*, sampled: bool) -> Context:
    context = SpanContext(
        7,
        8,
        is_remote=True,
        trace_flags=TraceFlags(1 if sampled else 0),
        trace_state=TraceState([("vendor", "1")]),
    )
    return trace.set_span_in_context(NonRecordingSpan(context), Context())


def fail(span: trace.Span) -> None:
    span.set_status(StatusCode.ERROR, "Trouble")


def test_what_went_well_is_forgotten(tracer: Tracer, kept: Kept) -> None:
    with tracer.start_as_current_span("request"), tracer.start_as_current_span("work"):
        pass
    assert kept.spans == []


def test_a_failed_child_brings_everything_around_it(tracer: Tracer, kept: Kept) -> None:
    with tracer.start_as_current_span("request", remote(sampled=False)) as request:
        with tracer.start_as_current_span("before"):
            pass
        with (
            tracer.start_as_current_span("work") as work,
            tracer.start_as_current_span("deep") as deep,
        ):
            fail(deep)
        # Known only when the first one ends.
        assert kept.spans == []
    assert kept.names == ["before", "deep", "work", "request"]
    by_name = {span.name: span for span in kept.spans}
    assert {span.context.trace_id for span in kept.spans} == {7}
    assert by_name["request"].parent.span_id == 8
    assert by_name["work"].parent.span_id == request.get_span_context().span_id
    assert by_name["deep"].parent.span_id == work.get_span_context().span_id
    # Otherwise the queue that follows would leave them out.
    assert all(span.context.trace_flags.sampled for span in kept.spans)
    assert all(span.attributes[KEPT_FOR] == "error" for span in kept.spans)


def test_a_request_that_failed_itself_is_kept(tracer: Tracer, kept: Kept) -> None:
    with tracer.start_as_current_span("request") as request:
        with tracer.start_as_current_span("work"):
            pass
        fail(request)
    assert kept.names == ["work", "request"]


def test_two_requests_at_once_are_two_stories(tracer: Tracer, kept: Kept) -> None:
    with tracer.start_as_current_span("well", remote(sampled=False)):
        with tracer.start_as_current_span("bad", remote(sampled=False)) as bad:
            fail(bad)
        with tracer.start_as_current_span("child of well"):
            pass
    assert kept.names == ["bad"]


def test_what_ends_after_a_failed_request_is_kept_as_well(tracer: Tracer, kept: Kept) -> None:
    with tracer.start_as_current_span("request") as request:
        left = tracer.start_span("left behind")
        fail(request)
    assert kept.names == ["request"]
    left.end()
    assert kept.names == ["request", "left behind"]


def test_what_fails_after_its_request_went_well_is_kept_alone(tracer: Tracer, kept: Kept) -> None:
    with tracer.start_as_current_span("request"):
        left = tracer.start_span("left behind")
    fail(left)
    left.end()
    assert kept.names == ["left behind"]


def test_sampled_spans_pass_at_once(kept: Kept) -> None:
    tracer = tracer_with(1, kept)[0]
    with tracer.start_as_current_span("request"):
        with tracer.start_as_current_span("work"):
            pass
        assert kept.names == ["work"]
    assert KEPT_FOR not in (kept.spans[0].attributes or {})


@pytest.mark.parametrize("ratio", [0.0, 1.0])
@pytest.mark.parametrize("sampled", [False, True])
def test_the_caller_decides(kept: Kept, ratio: float, *, sampled: bool) -> None:
    tracer = tracer_with(ratio, kept)[0]
    with tracer.start_as_current_span("request", remote(sampled=sampled)) as span:
        context = span.get_span_context()
        assert context.trace_flags.sampled == sampled
        assert context.trace_state == TraceState([("vendor", "1")])
        # What is not sampled is recorded all the same: it may fail yet.
        assert span.is_recording()
    assert kept.names == (["request"] if sampled else [])


def test_the_share_is_taken_by_the_trace_so_that_all_take_the_same(kept: Kept) -> None:
    tracer = tracer_with(0.25, kept)[0]
    for _ in range(2000):
        with tracer.start_as_current_span("request", Context()):
            pass
    assert 0.2 < len(kept.spans) / 2000 < 0.3
    bound = TraceIdRatioBased.get_bound_for_rate(0.5)
    for span in kept.spans:
        assert span.context.trace_id & TraceIdRatioBased.TRACE_ID_LIMIT < bound


def test_attributes_given_at_the_start_are_kept(tracer: Tracer, kept: Kept) -> None:
    with tracer.start_as_current_span("request", attributes={"a": 1}) as span:
        fail(span)
    assert kept.spans[0].attributes["a"] == 1


def test_memory_is_bounded_whatever_never_ends(kept: Kept) -> None:
    tracer, keeping = tracer_with(0, kept)
    never = [tracer.start_span("never ends", Context()) for _ in range(MOST_OPEN + 100)]
    assert len(keeping._open) == MOST_OPEN
    fail(never[0])
    never[0].end()
    assert kept.names == ["never ends"]
    with tracer.start_as_current_span("request") as request:
        for _ in range(MOST_OF_A_STORY * 2):
            tracer.start_span("well").end()
        bad = tracer.start_span("bad")
        fail(bad)
        bad.end()
        fail(request)
    told = kept.names[1:]
    assert told.count("well") == MOST_OF_A_STORY
    assert told[-2:] == ["bad", "request"]


def test_failures_without_end_are_bounded_too(tracer: Tracer, kept: Kept) -> None:
    with tracer.start_as_current_span("stream"):
        for _ in range(MOST_FAILURES * 3):
            bad = tracer.start_span("bad")
            fail(bad)
            bad.end()
    assert kept.names.count("bad") == MOST_FAILURES
    assert kept.names[-1] == "stream"
