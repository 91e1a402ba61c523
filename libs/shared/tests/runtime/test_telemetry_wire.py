"""Our bytes say what the library's own encoder says."""

from __future__ import annotations

from typing import Any

from ab_shared.runtime.telemetry_wire import request
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

OWN_FLAGS = 0xFF
RESOURCE = Resource({"service.name": "tts", "service.version": "1.0", "few": 3})
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
VALUES = st.one_of(
    TEXT, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False)
)
ATTRIBUTES = st.dictionaries(st.text("abc.", min_size=1), VALUES, max_size=6)
TIMES = st.integers(0, 2**63)
CONTEXTS = st.builds(
    SpanContext,
    st.integers(1, 2**128 - 1),
    st.integers(1, 2**64 - 1),
    st.booleans(),
    st.sampled_from([TraceFlags(0), TraceFlags(1)]),
)
STATUSES = st.one_of(
    st.just(Status()),
    st.just(Status(StatusCode.OK)),
    TEXT.map(lambda t: Status(StatusCode.ERROR, t)),
)


@st.composite
def spans(draw: st.DrawFn) -> ReadableSpan:
    return ReadableSpan(
        name=draw(TEXT),
        context=draw(CONTEXTS),
        parent=draw(st.none() | CONTEXTS),
        resource=RESOURCE,
        attributes=draw(ATTRIBUTES),
        events=draw(st.lists(st.builds(Event, TEXT, ATTRIBUTES, TIMES), max_size=2)),
        kind=draw(st.sampled_from(SpanKind)),
        status=draw(STATUSES),
        start_time=draw(TIMES),
        end_time=draw(TIMES),
        instrumentation_scope=InstrumentationScope(draw(st.sampled_from(["ab", "ab.gateway"]))),
    )


def told(message: ExportTraceServiceRequest) -> tuple[Any, list[Any]]:
    """The resource, and every span with its scope, in any order."""
    (one,) = message.resource_spans
    found = []
    for scope in one.scope_spans:
        for span in scope.spans:
            # The library leaves the span's own flags out; the protocol wants them.
            span.flags &= ~OWN_FLAGS
            found.append((scope.scope.name, span.SerializeToString(deterministic=True)))
    return one.resource, sorted(found)


@given(st.lists(spans(), min_size=1, max_size=5))
def test_it_reads_as_what_the_library_writes(made: list[ReadableSpan]) -> None:
    ours = ExportTraceServiceRequest.FromString(request(made))
    assert told(ours) == told(encode_spans(made))


@given(spans())
def test_the_flags_are_those_of_the_span(made: ReadableSpan) -> None:
    (resource,) = ExportTraceServiceRequest.FromString(request([made])).resource_spans
    context = made.get_span_context()
    assert context is not None
    assert resource.scope_spans[0].spans[0].flags & OWN_FLAGS == context.trace_flags


def test_no_spans_are_no_bytes() -> None:
    assert request([]) == b""
