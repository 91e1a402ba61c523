"""The way out for spans: only what is known to be harmless leaves, and nobody waits for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import TypeAlias

from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status, StatusCode
from opentelemetry.util.re import parse_env_headers
from opentelemetry.util.types import AttributeValue
from prometheus_client import Counter
from pydantic import SecretStr

from ab_shared.runtime.telemetry_http import OtlpHttp

Scrub: TypeAlias = Callable[[ReadableSpan], ReadableSpan]
SPANS = Counter(
    "ab_spans_exported_total",
    "Spans for the collector: ok, failed (it did not take them) or dropped (no room to wait).",
    ("outcome",),
)
logger = logging.getLogger("ab.telemetry")

# Everything that our spans say. A library that says more (a URL, a statement) is not repeated.
KNOWN = frozenset(
    {
        "ab.attempt",
        "ab.kept_for",
        "ab.outcome",
        "ab.statements",
        "aws.s3.bucket",
        "aws.s3.key_prefix",
        "db.namespace",
        "db.operation.name",
        "db.query.summary",
        "db.system.name",
        "error.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "messaging.destination.name",
        "messaging.message.conversation_id",
        "messaging.message.id",
        "messaging.operation.name",
        "messaging.operation.type",
        "messaging.rabbitmq.destination.routing_key",
        "messaging.system",
        "peer.service",
        "rpc.method",
        "rpc.system.name",
        "vendor.name",
        "vendor.operation",
    }
)
_OF_EVENTS = frozenset({"exception.type"})
# Made by us for every message: no secret has their shape, and none comes twice.
_IDS = frozenset({"messaging.message.id", "messaging.message.conversation_id"})


def otlp_exporter(endpoint: str, headers: SecretStr | None = None) -> SpanExporter:
    """Speaks OTLP over HTTP to a collector; ``headers`` as in ``key=value,key=value``."""
    # The queue would complain of every span that it drops: ours is one line when it begins.
    logging.getLogger("opentelemetry.sdk._shared_internal").setLevel(logging.CRITICAL)
    said = parse_env_headers(headers.get_secret_value(), liberal=True) if headers else {}
    return OtlpHttp(endpoint, said)


class GuardedExporter(SpanExporter):
    """An exporter that sees scrubbed spans alone, counts them and breaks nothing."""

    def __init__(self, exporter: SpanExporter, scrub: Scrub) -> None:
        self._exporter = exporter
        self._scrub = scrub
        self._failing = False
        self.taken = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """One batch; on the exporter's own thread."""
        self.taken += len(spans)
        try:
            result = self._exporter.export([self._scrub(span) for span in spans])
        except Exception as error:  # whatever it is, the next batch may fare better
            result = SpanExportResult.FAILURE
            logger.debug("Spans could not be sent", extra={"error": type(error).__name__})
        failed = result is not SpanExportResult.SUCCESS
        SPANS.labels("failed" if failed else "ok").inc(len(spans))
        if failed and not self._failing:
            logger.warning("The collector takes no traces; they are dropped until it does")
        if self._failing and not failed:
            logger.info("The collector takes traces again")
        self._failing = failed
        return result

    def shutdown(self) -> None:
        """Lets go of its connections."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """As the exporter."""
        return self._exporter.force_flush(timeout_millis)


class Room(SpanProcessor):
    """Counts what the queue behind it drops: it has room for so many, and says nothing itself."""

    def __init__(self, queue: SpanProcessor, exporter: GuardedExporter, spans: int) -> None:
        self._queue = queue
        self._exporter = exporter
        self._spans = spans
        self._handed = count()
        self._dropped = 0

    def on_end(self, span: ReadableSpan) -> None:
        """Hands it on; when there is no room, another goes for it."""
        if next(self._handed) - self._exporter.taken - self._dropped >= self._spans:
            self._dropped += 1
            SPANS.labels("dropped").inc()
        self._queue.on_end(span)

    def shutdown(self) -> None:
        """As the queue."""
        self._queue.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """As the queue."""
        return self._queue.force_flush(timeout_millis)


def known_only(span: ReadableSpan) -> ReadableSpan:
    """The span without attributes that are not ours and without the words of an exception."""
    attributes = span.attributes or {}
    if attributes.keys() <= KNOWN and not span.events and not _says_more(span.status):
        return span
    kept = {key: value for key, value in attributes.items() if key in KNOWN}
    return _copy(span, span.name, kept, [_type_only(event) for event in span.events])


def scrubbed(text: Callable[[str], str]) -> Scrub:
    """As ``known_only``, and then every value goes through ``text``; what comes again only once."""
    clean = lru_cache(maxsize=4096)(text)

    def scrub(span: ReadableSpan) -> ReadableSpan:
        span = known_only(span)
        said = span.attributes or {}
        values = {
            key: clean(value) if isinstance(value, str) and key not in _IDS else value
            for key, value in said.items()
        }
        name = clean(span.name)
        if name == span.name and values == said:
            return span
        return _copy(span, name, values, span.events)

    return scrub


def _copy(
    span: ReadableSpan,
    name: str,
    attributes: Mapping[str, AttributeValue],
    events: Sequence[Event],
) -> ReadableSpan:
    return ReadableSpan(
        name=name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        events=events,
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code, _first_word(span.status)),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _says_more(status: Status) -> bool:
    return status.description is not None and not status.description.isidentifier()


def _first_word(status: Status) -> str | None:
    """The class of an error: what the library writes is ``Class: its words``."""
    if status.status_code is not StatusCode.ERROR or status.description is None:
        return None
    word = status.description.partition(":")[0]
    return word if word.isidentifier() else None


def _type_only(event: Event) -> Event:
    kept = {k: v for k, v in (event.attributes or {}).items() if k in _OF_EVENTS}
    return Event(event.name, kept, event.timestamp)
