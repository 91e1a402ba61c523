"""Spans around sending and handling, named by OpenTelemetry's messaging conventions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from ab_shared.contracts.envelope import Envelope
from ab_shared.messaging.headers import trace_context


def _attributes(operation: str, destination: str, routing_key: str) -> dict[str, str]:
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": operation,
        "messaging.destination.name": destination,
        "messaging.rabbitmq.destination.routing_key": routing_key,
    }


def _name_message(span: Span, envelope: Envelope) -> None:
    span.set_attribute("messaging.message.id", envelope.id)
    span.set_attribute("messaging.message.conversation_id", envelope.correlation_id)


@contextmanager
def sending(
    exchange: str, envelope: Envelope, headers: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """``send {exchange}``, below the span in ``headers`` if given, else below the current one."""
    with trace.get_tracer("ab.messaging").start_as_current_span(
        f"send {exchange}",
        context=trace_context(headers) if headers else None,
        kind=SpanKind.PRODUCER,
        attributes=_attributes("send", exchange, envelope.routing_key),
        record_exception=False,  # its text may be private
        set_status_on_exception=False,
    ) as span:
        _name_message(span, envelope)
        yield


@contextmanager
def processing(queue: str, envelope: Envelope, headers: Mapping[str, Any]) -> Iterator[None]:
    """``process {queue}``, a part of the trace the message came with."""
    with trace.get_tracer("ab.messaging").start_as_current_span(
        f"process {queue}",
        context=trace_context(headers),
        kind=SpanKind.CONSUMER,
        attributes=_attributes("process", queue, envelope.routing_key),
        record_exception=False,  # its text may be private
        set_status_on_exception=False,
    ) as span:
        _name_message(span, envelope)
        yield
