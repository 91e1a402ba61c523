"""Spans by OpenTelemetry's API, at a third of the price of the library's own.

Every request makes some, sampled or not (it may fail yet), so their price is the requests'. The
library guards each with a lock, bounded collections and a copy at its end. Ours belong to one task,
say few things (``telemetry_export.KNOWN``), and are handed on as they are once they have ended.
What stands around them is the library's: contexts, processors, resources, the batches' queue.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)
from opentelemetry.util.types import Attributes, AttributeValue
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.sdk.trace import Span as SdkSpan
    from opentelemetry.util._decorator import _AgnosticContextManager

_UNSET = Status(StatusCode.UNSET)
_RANDOM = TraceFlags.RANDOM_TRACE_ID
_TRACE_BITS, _SPAN_BITS = 128, 64


class LeanSpan(ReadableSpan, Span):
    """One span; what is said of it after its end is not heard."""

    def __init__(
        self,
        tracer: LeanTracer,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        kind: SpanKind,
        attributes: Attributes,
        links: Sequence[Link],
        start_time: int | None,
    ) -> None:
        said: dict[str, AttributeValue] = dict(attributes) if attributes else {}
        super().__init__(
            name=name,
            context=context,
            parent=parent,
            resource=tracer.provider.resource,
            attributes=said,
            links=links,
            kind=kind,
            status=_UNSET,
            start_time=time.time_ns() if start_time is None else start_time,
            instrumentation_scope=tracer.scope,
        )
        self._own = context
        self._said = said
        self._processor = tracer.provider.processor

    def get_span_context(self) -> SpanContext:
        """Its ids."""
        return self._own

    def is_recording(self) -> bool:
        """Until its end."""
        return self._end_time is None

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """One thing known of it."""
        if self._end_time is None:
            self._said[key] = value

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Several things known of it."""
        if self._end_time is None:
            self._said.update(attributes)

    def add_event(
        self, name: str, attributes: Attributes = None, timestamp: int | None = None
    ) -> None:
        """Something that happened meanwhile."""
        if self._end_time is None:
            self._events = (*self._events, Event(name, attributes, timestamp))

    @override
    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """An error by its class; its words may be private."""
        del escaped
        named = {"exception.type": type(exception).__name__}
        self.add_event("exception", {**(attributes or {}), **named}, timestamp)

    def update_name(self, name: str) -> None:
        """Another name."""
        if self._end_time is None:
            self._name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """How it went: an error may follow nothing, and nothing follows "ok"."""
        new = status if isinstance(status, Status) else Status(status, description)
        settled = self._status.status_code is StatusCode.OK or self._end_time is not None
        if not settled and new.status_code is not StatusCode.UNSET:
            self._status = new

    def end(self, end_time: int | None = None) -> None:
        """Hands it on; once."""
        if self._end_time is None:
            self._end_time = time.time_ns() if end_time is None else end_time
            self._processor.on_end(self)


class LeanTracer(trace.Tracer):
    """Begins the spans of one part of the code."""

    def __init__(self, provider: LeanProvider, name: str) -> None:
        self.provider = provider
        self.scope = InstrumentationScope(name)

    @override
    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        """A span below that of ``context``, or below the current one."""
        del record_exception, set_status_on_exception
        around = trace.get_current_span(context).get_span_context()
        parent = around if around.is_valid else None
        own = self.provider.context_below(parent)
        if not self.provider.recording:
            return NonRecordingSpan(own)
        span = LeanSpan(self, name, own, parent, kind, attributes, links or (), start_time)
        # Processors know the library's class; ours has what they read of it.
        self.provider.processor.on_start(cast("SdkSpan", span), context)
        return span

    @override
    def start_as_current_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> _AgnosticContextManager[Span]:
        """As ``start_span``, and the current one inside the block."""
        span = self.start_span(name, context, kind, attributes, links, start_time)
        return trace.use_span(span, end_on_exit, record_exception, set_status_on_exception)


class LeanProvider(trace.TracerProvider):
    """Makes this process a part of traces; ``ratio`` of those that begin here are sampled.

    The caller's decision holds for what comes with one. The share is taken by the trace's id, so
    that every process takes the same. What is not sampled is recorded all the same; without a
    ``processor`` nothing is, and there are only ids.
    """

    def __init__(
        self,
        processor: SpanProcessor | None = None,
        ratio: float = 1.0,
        resource: Resource | None = None,
    ) -> None:
        self.recording = processor is not None
        self.processor = processor or SpanProcessor()
        self.resource = resource or Resource.get_empty()
        self._bound = TraceIdRatioBased.get_bound_for_rate(ratio) if processor else 0

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes = None,
    ) -> LeanTracer:
        """A tracer for the part of the code with this name."""
        del instrumenting_library_version, schema_url, attributes
        return LeanTracer(self, instrumenting_module_name)

    def context_below(self, parent: SpanContext | None) -> SpanContext:
        """The ids of a new span."""
        span_id = random.getrandbits(_SPAN_BITS) or 1
        if parent is None:
            trace_id = random.getrandbits(_TRACE_BITS) or 1
            sampled = trace_id & TraceIdRatioBased.TRACE_ID_LIMIT < self._bound
            flags = TraceFlags(_RANDOM | sampled)
            return SpanContext(trace_id, span_id, is_remote=False, trace_flags=flags)
        kept = TraceFlags.SAMPLED if self.recording else 0
        flags = TraceFlags(parent.trace_flags & (_RANDOM | kept))
        return SpanContext(
            parent.trace_id,
            span_id,
            is_remote=False,
            trace_flags=flags,
            trace_state=parent.trace_state,
        )

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Sends what waits; whether it could."""
        return self.processor.force_flush(timeout_millis)

    def shutdown(self) -> None:
        """Sends what waits and lets go of the collector."""
        self.processor.shutdown()
