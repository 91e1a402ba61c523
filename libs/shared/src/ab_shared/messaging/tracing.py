"""Spans around sending and handling, named by OpenTelemetry's messaging conventions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from ab_shared.contracts.envelope import Envelope
from ab_shared.messaging.headers import attempt_of, trace_context

_TRACER = trace.get_tracer("ab.messaging")
# W3C Trace Context: version, trace, span, flags; the last bit of the flags is "sampled".
_PARTS, _VERSION, _SAMPLED = 4, "00", 1


def _attributes(operation: str, destination: str, routing_key: str) -> dict[str, str]:
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
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
    with _TRACER.start_as_current_span(
        f"send {exchange}",
        context=trace_context(headers) if headers else None,
        kind=SpanKind.PRODUCER,
        attributes=_attributes("send", exchange, envelope.routing_key),
        record_exception=False,  # its text may be private
        set_status_on_exception=False,
    ) as span:
        _name_message(span, envelope)
        yield


def sampled(traceparent: str) -> str:
    """The same place in the same trace, kept from here on: for a message that made trouble once."""
    parts = traceparent.split("-")
    if len(parts) != _PARTS or parts[0] != _VERSION:
        return traceparent
    try:
        flags = int(parts[-1], 16) | _SAMPLED
    except ValueError:
        return traceparent
    return "-".join([*parts[:-1], f"{flags:02x}"])


@contextmanager
def processing(queue: str, envelope: Envelope, headers: Mapping[str, Any]) -> Iterator[None]:
    """``process {queue}``, a part of the trace the message came with."""
    with _TRACER.start_as_current_span(
        f"process {queue}",
        context=trace_context(headers),
        kind=SpanKind.CONSUMER,
        attributes=_attributes("process", queue, envelope.routing_key),
        record_exception=False,  # its text may be private
        set_status_on_exception=False,
    ) as span:
        _name_message(span, envelope)
        attempt = attempt_of(headers)
        if attempt > 1:
            span.set_attribute("ab.attempt", attempt)
        yield
