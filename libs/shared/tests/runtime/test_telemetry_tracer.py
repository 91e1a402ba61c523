"""Our spans do what the library's do: one test class, both kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ab_shared.runtime.telemetry_tracer import LeanProvider
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    TraceState,
)

RESOURCE = Resource({"service.name": "tts"})
WORDS = "words that somebody wrote"


class Kept(SpanProcessor):
    """What began and what ended."""

    def __init__(self) -> None:
        self.begun: list[ReadableSpan] = []
        self.ended: list[ReadableSpan] = []

    def on_start(self, span: ReadableSpan, parent_context: Context | None = None) -> None:
        del parent_context
        self.begun.append(span)

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(span)


def ours(kept: Kept) -> Tracer:
    return LeanProvider(kept, resource=RESOURCE).get_tracer("test")


def the_librarys(kept: Kept) -> Tracer:
    provider = TracerProvider(resource=RESOURCE, shutdown_on_exit=False)
    provider.add_span_processor(kept)
    return provider.get_tracer("test")


def caller(*, sampled: bool = True) -> Context:
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else 0)
    state = TraceState([("vendor", "1")])
    place = SpanContext(7, 8, is_remote=True, trace_flags=flags, trace_state=state)
    return trace.set_span_in_context(NonRecordingSpan(place), Context())


@pytest.mark.parametrize("make", [ours, the_librarys])
class TestSpans:
    @pytest.fixture
    def kept(self) -> Kept:
        return Kept()

    @pytest.fixture
    def tracer(self, make: Callable[[Kept], Tracer], kept: Kept) -> Tracer:
        return make(kept)

    def test_what_is_said_of_a_span_is_what_ends(self, tracer: Tracer, kept: Kept) -> None:
        link = Link(SpanContext(1, 2, is_remote=True))
        span = tracer.start_span("a", Context(), SpanKind.SERVER, {"a": 1}, [link], 1_000)
        span.set_attribute("b", "two")
        span.set_attributes({"c": 3.5, "a": 4})
        span.update_name("b")
        span.add_event("event", {"d": True}, 1_500)
        span.set_status(StatusCode.ERROR, "Trouble")
        assert kept.ended == []
        span.end(2_000)
        [one] = kept.ended
        assert (one.name, one.kind, one.parent) == ("b", SpanKind.SERVER, None)
        assert (one.start_time, one.end_time) == (1_000, 2_000)
        assert one.attributes == {"a": 4, "b": "two", "c": 3.5}
        assert [(e.name, e.attributes, e.timestamp) for e in one.events] == [
            ("event", {"d": True}, 1_500)
        ]
        assert [held.context.span_id for held in one.links] == [2]
        assert (one.status.status_code, one.status.description) == (StatusCode.ERROR, "Trouble")
        assert (one.resource, one.instrumentation_scope.name) == (RESOURCE, "test")
        assert [begun.context for begun in kept.begun] == [one.context]

    def test_the_end_is_the_end(self, tracer: Tracer, kept: Kept) -> None:
        span = tracer.start_span("a")
        assert span.is_recording()
        span.end(5)
        assert not span.is_recording()
        span.set_attribute("a", 1)
        span.set_attributes({"a": 1})
        span.update_name("b")
        span.add_event("event")
        span.set_status(StatusCode.ERROR)
        span.end(6)
        [one] = kept.ended
        assert (one.name, one.attributes, one.events, one.end_time) == ("a", {}, (), 5)
        assert one.status.status_code is StatusCode.UNSET

    def test_a_child_is_below_the_current_one(self, tracer: Tracer, kept: Kept) -> None:
        with tracer.start_as_current_span("outer") as outer:
            assert trace.get_current_span() is outer
            with tracer.start_as_current_span("inner") as inner:
                own = inner.get_span_context()
            assert trace.get_current_span() is outer
        within, around = kept.ended
        assert (within.name, around.name) == ("inner", "outer")
        assert within.parent == around.context
        assert own.trace_id == outer.get_span_context().trace_id
        assert own.span_id != outer.get_span_context().span_id
        assert within.start_time >= around.start_time
        assert within.end_time <= around.end_time

    def test_a_caller_is_a_parent(self, tracer: Tracer, kept: Kept) -> None:
        with tracer.start_as_current_span("a", caller()):
            pass
        [one] = kept.ended
        assert (one.context.trace_id, one.parent.span_id, one.parent.is_remote) == (7, 8, True)
        assert one.context.trace_flags.sampled
        assert one.context.trace_state == TraceState([("vendor", "1")])
        assert not one.context.is_remote

    def test_a_new_trace_has_an_id_of_its_own_that_is_random(self, tracer: Tracer) -> None:
        made = [tracer.start_span("a", Context()).get_span_context() for _ in range(50)]
        assert len({one.trace_id for one in made} | {one.span_id for one in made}) == 100
        assert all(one.is_valid and one.trace_flags.random_trace_id for one in made)

    @pytest.mark.parametrize(
        ("said", "held"),
        [
            ([StatusCode.ERROR, StatusCode.OK], StatusCode.OK),
            ([StatusCode.OK, StatusCode.ERROR], StatusCode.OK),
            ([StatusCode.ERROR, StatusCode.UNSET], StatusCode.ERROR),
            ([Status(StatusCode.ERROR, "x"), Status(StatusCode.UNSET)], StatusCode.ERROR),
        ],
    )
    def test_the_better_word_stays(
        self, tracer: Tracer, kept: Kept, said: list[Any], held: StatusCode
    ) -> None:
        with tracer.start_as_current_span("a") as span:
            for status in said:
                span.set_status(status)
        assert kept.ended[0].status.status_code is held

    def test_an_error_marks_it_and_goes_on(self, tracer: Tracer, kept: Kept) -> None:
        with pytest.raises(ValueError, match=WORDS), tracer.start_as_current_span("a"):
            raise ValueError(WORDS)
        [one] = kept.ended
        assert one.status.status_code is StatusCode.ERROR
        assert one.events[0].attributes["exception.type"] == "ValueError"

    def test_it_is_encoded_as_any_span(self, tracer: Tracer, kept: Kept) -> None:
        with tracer.start_as_current_span("a", caller(), attributes={"a": 1}) as span:
            span.add_event("event", {"b": 2})
        [scope] = encode_spans(kept.ended).resource_spans[0].scope_spans
        [one] = scope.spans
        assert (one.name, one.attributes[0].key, one.events[0].name) == ("a", "a", "event")


def test_the_words_of_an_error_are_not_kept() -> None:
    kept = Kept()
    span = ours(kept).start_span("a")
    span.record_exception(ValueError(WORDS))
    span.end()
    assert WORDS not in kept.ended[0].to_json()


def test_with_nobody_to_tell_there_are_only_ids() -> None:
    tracer = LeanProvider().get_tracer("test")
    span = tracer.start_span("a", caller())
    assert not span.is_recording()
    own = span.get_span_context()
    assert (own.trace_id, own.trace_flags.sampled) == (7, False)
    assert not tracer.start_span("b", Context()).get_span_context().trace_flags.sampled
