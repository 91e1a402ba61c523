"""Traces: W3C context in, W3C context out, exported over OTLP when a collector is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBasedTraceIdRatio

EXPORT_TIMEOUT_SECONDS = 5
SAMPLED_SHARE = 1.0


def configure(service: str, endpoint: str | None) -> TracerProvider:
    """Makes this process a part of every trace that reaches it; ids exist without a collector."""
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: service}),
        # Nobody to tell: what is not recorded still has its ids, at a quarter of the price.
        sampler=ParentBasedTraceIdRatio(SAMPLED_SHARE) if endpoint else ALWAYS_OFF,
    )
    if endpoint:
        exporter = OTLPSpanExporter(
            endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_SECONDS
        )
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


@contextmanager
def joined(traceparent: str, tracestate: str | None = None) -> Iterator[None]:
    """Makes what is done inside a part of the caller's trace (W3C Trace Context).

    One that is not valid is as good as none.
    """
    carrier = {"traceparent": traceparent, "tracestate": tracestate or ""}
    token = context.attach(propagate.extract(carrier))
    try:
        yield
    finally:
        context.detach(token)


def trace_id() -> str | None:
    """The current trace id in hex, or None outside a trace."""
    span = trace.get_current_span().get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else None


def exemplar() -> dict[str, str] | None:
    """The current trace as a metric's exemplar (OpenMetrics 1.0), or None if it is not kept.

    For ``observe(seconds, exemplar())`` and ``inc(1, exemplar())``.
    """
    span = trace.get_current_span().get_span_context()
    return {"trace_id": trace.format_trace_id(span.trace_id)} if span.trace_flags.sampled else None
