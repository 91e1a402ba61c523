"""Traces: W3C context in, W3C context out, exported over OTLP when a collector is named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import (
    DEPLOYMENT_ENVIRONMENT,
    SERVICE_INSTANCE_ID,
    SERVICE_NAME,
    SERVICE_VERSION,
    Resource,
)
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from ab_shared.runtime.release import release_of
from ab_shared.runtime.settings import ServiceSettings
from ab_shared.runtime.telemetry_errors import ErrorsKept
from ab_shared.runtime.telemetry_export import (
    GuardedExporter,
    Room,
    Scrub,
    known_only,
    otlp_exporter,
)
from ab_shared.runtime.telemetry_tracer import LeanProvider

# Spans that wait for the collector: some seconds of a busy service, a few megabytes at the most.
QUEUE_SPANS = 4096
FLUSH_SECONDS = 3.0


@contextmanager
def tracing(service: str, settings: ServiceSettings, scrub: Scrub) -> Iterator[None]:
    """As ``configure`` inside the block; after it what still waits is sent, within a bound.

    Raises:
        SettingsInvalid: the collector's address is none.
    """
    provider = configure(service, settings, scrub)
    try:
        yield
    finally:
        finish(provider)


def configure(service: str, settings: ServiceSettings, scrub: Scrub = known_only) -> LeanProvider:
    """Makes this process a part of every trace that reaches it; ids exist without a collector.

    ``scrub`` sees every span before it leaves the process. Nothing here ever waits for the
    collector: spans that it does not take in time are dropped and counted.
    """
    if settings.otel_exporter_otlp_endpoint is None:
        # Nobody to tell: there are ids, and nothing else.
        provider = LeanProvider()
    else:
        sending = otlp_exporter(
            settings.otel_exporter_otlp_endpoint, settings.otel_exporter_otlp_headers
        )
        exporter = GuardedExporter(sending, scrub)
        batches = BatchSpanProcessor(exporter, QUEUE_SPANS)
        provider = LeanProvider(
            ErrorsKept(Room(batches, exporter, QUEUE_SPANS)),
            settings.otel_traces_sample_ratio,
            _resource(service, settings),
        )
    trace.set_tracer_provider(provider)
    return provider


def finish(provider: LeanProvider, seconds: float = FLUSH_SECONDS) -> bool:
    """Sends what still waits, for so long at the most; whether all of it left in time."""
    # Its own end waits for half a minute if the collector is gone: nobody waits for that.
    ending = threading.Thread(target=provider.shutdown, name="last-spans", daemon=True)
    ending.start()
    ending.join(seconds)
    return not ending.is_alive()


def _resource(service: str, settings: ServiceSettings) -> Resource:
    environment = settings.environment.value
    return Resource.create(
        {
            SERVICE_NAME: service,
            SERVICE_VERSION: release_of(service),
            SERVICE_INSTANCE_ID: str(uuid4()),
            DEPLOYMENT_ENVIRONMENT: environment,
            # As the conventions call it since 1.27.
            "deployment.environment.name": environment,
        }
    )


def came_with(traceparent: str) -> Context:
    """The caller's place in its trace (W3C Trace Context).

    One that is not valid is as good as none.
    """
    return propagate.extract({"traceparent": traceparent})


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
