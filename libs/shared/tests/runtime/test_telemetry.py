"""Traces leave when there is somebody to take them, and hold nobody up when there is not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime import telemetry
from ab_shared.runtime.settings import ServiceSettings
from ab_shared.runtime.telemetry_export import SPANS, known_only, otlp_exporter, scrubbed
from ab_shared.runtime.telemetry_http import OtlpHttp
from ab_shared.runtime.telemetry_tracer import LeanProvider
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import Status, StatusCode
from pydantic import SecretStr

TEXT = "I am calm at anna@example.com"


class Collector:
    """What was sent, and how it is answered: after so long, with this status."""

    def __init__(self) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: dict[str, str] = {}
        self.statuses: list[int] = []
        self.slow = threading.Event()
        self.slow.set()
        self.url = ""

    @property
    def names(self) -> list[str]:
        """Every span that arrived."""
        return [
            span.name
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.headers = {name.lower(): value for name, value in self.headers.items()}
            found.slow.wait()
            status = found.statuses.pop(0) if found.statuses else 200
            if status == 200:
                found.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stays silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    found.slow.set()
    server.shutdown()
    server.server_close()


def settings(**given: Any) -> ServiceSettings:
    return ServiceSettings.model_validate(
        {"rabbitmq_url": "amqp://u:p@127.0.0.1/ab", "environment": "test", **given}
    )


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets up tracing without making it the process's own, which could be done only once."""
    monkeypatch.setattr(trace, "set_tracer_provider", lambda _: None)
    return lambda **given: telemetry.configure("tts", settings(**given))


def work(provider: LeanProvider, *names: str) -> None:
    tracer = provider.get_tracer("test")
    for name in names:
        with tracer.start_as_current_span(name):
            pass


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_spans_leave_at_the_end_with_who_sent_them(collector: Collector, provider: Any) -> None:
    headers = SecretStr("Authorization=Bearer abc,x-scope=one")
    made = provider(
        otel_exporter_otlp_endpoint=collector.url + "/", otel_exporter_otlp_headers=headers
    )
    work(made, "one", "two")
    assert telemetry.finish(made)
    assert sorted(collector.names) == ["one", "two"]
    assert collector.headers["authorization"] == "Bearer abc"
    assert collector.headers["x-scope"] == "one"
    resource = collector.requests[0].resource_spans[0].resource
    said = {a.key: a.value.string_value for a in resource.attributes}
    assert said["service.name"] == "tts"
    assert said["service.version"]
    assert said["service.instance.id"]
    assert said["deployment.environment"] == said["deployment.environment.name"] == "test"


def test_without_a_collector_there_are_ids_and_nothing_else(provider: Any) -> None:
    made = provider()
    with made.get_tracer("test").start_as_current_span("one") as span:
        assert not span.is_recording()
        assert telemetry.trace_id() is not None
        assert telemetry.exemplar() is None
    assert telemetry.finish(made)


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503])
def test_a_collector_that_refuses_breaks_nothing(
    collector: Collector, provider: Any, status: int
) -> None:
    collector.statuses = [status] * 9
    made = provider(otel_exporter_otlp_endpoint=collector.url)
    before = SPANS.labels("failed")._value.get()
    work(made, "one")
    made.force_flush()
    assert SPANS.labels("failed")._value.get() == before + 1
    collector.statuses = []
    work(made, "two")
    assert telemetry.finish(made)
    assert collector.names == ["two"]


def test_what_is_busy_for_a_moment_is_asked_again(collector: Collector) -> None:
    collector.statuses = [503, 429]
    exporter = otlp_exporter(collector.url)
    spans = [span("one")]
    assert exporter.export(spans) is SpanExportResult.SUCCESS
    assert collector.names == ["one"]
    exporter.shutdown()


def test_a_collector_that_never_answers_holds_up_neither_work_nor_the_end(
    collector: Collector, provider: Any
) -> None:
    collector.slow.clear()
    made = provider(otel_exporter_otlp_endpoint=collector.url)
    names = [f"span-{number}" for number in range(telemetry.QUEUE_SPANS * 3)]
    before = SPANS.labels("dropped")._value.get()
    began = time.perf_counter()
    work(made, *names)
    each = (time.perf_counter() - began) / len(names)
    assert each < 0.005, "nothing waits for the collector, and what waits is bounded"
    # All but those that wait and the batch that is on its way.
    dropped = SPANS.labels("dropped")._value.get() - before
    assert 0 <= telemetry.QUEUE_SPANS * 2 - dropped <= 2 * 512
    began = time.perf_counter()
    assert not telemetry.finish(made, 0.3)
    assert time.perf_counter() - began < 2.5


def test_a_collector_that_is_not_there_breaks_nothing(provider: Any) -> None:
    made = provider(otel_exporter_otlp_endpoint=f"http://127.0.0.1:{closed_port()}")
    work(made, "one")
    telemetry.finish(made)


@pytest.mark.parametrize(
    "address", ["otel:4318", "ftp://otel", "http://", "http://otel:many", "http://otel:99999"]
)
def test_an_address_that_is_none_is_said(provider: Any, address: str) -> None:
    with pytest.raises(SettingsInvalid, match="OTEL_EXPORTER_OTLP_ENDPOINT"):
        provider(otel_exporter_otlp_endpoint=address)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("http://[::1]", "::1", 80),
        ("https://otel.example.com", "otel.example.com", 443),
        ("http://otel:0", "otel", 0),
        ("http://otel:4318/base", "otel", 4318),
    ],
)
def test_an_address_is_taken_as_it_is(address: str, host: str, port: int) -> None:
    exporter = OtlpHttp(address, {})
    assert (exporter._connection.host, exporter._connection.port) == (host, port)


def test_the_exemplar_is_the_trace_that_is_kept(provider: Any) -> None:
    made = provider(otel_exporter_otlp_endpoint="http://127.0.0.1:9")
    with made.get_tracer("test").start_as_current_span("one"):
        assert telemetry.exemplar() == {"trace_id": telemetry.trace_id()}
    unsampled = provider(
        otel_exporter_otlp_endpoint="http://127.0.0.1:9", otel_traces_sample_ratio=0
    )
    with unsampled.get_tracer("test").start_as_current_span("one"):
        assert telemetry.exemplar() is None


def span(name: str, **said: Any) -> ReadableSpan:
    context = trace.SpanContext(1, 2, is_remote=False, trace_flags=trace.TraceFlags(1))
    return ReadableSpan(name=name, context=context, **said)


def test_only_what_is_ours_leaves() -> None:
    event = Event("exception", {"exception.type": "ValueError", "exception.message": TEXT})
    made = span(
        "one",
        attributes={"http.route": "/sessions", "url.full": TEXT, "db.query.text": TEXT},
        events=[event],
        status=Status(StatusCode.ERROR, f"ValueError: {TEXT}"),
    )
    left = known_only(made)
    assert left.attributes == {"http.route": "/sessions"}
    assert left.events[0].attributes == {"exception.type": "ValueError"}
    assert left.status.description == "ValueError"
    assert TEXT not in left.to_json()


def test_every_value_is_scrubbed_but_the_ids_of_messages() -> None:
    scrub = scrubbed(lambda text: text.replace("anna@example.com", "[scrubbed]"))
    made = span(
        "GET /anna@example.com",
        attributes={
            "http.route": "/anna@example.com",
            "messaging.message.id": "abc",
            "ab.attempt": 2,
        },
    )
    left = scrub(made)
    assert left.name == "GET /[scrubbed]"
    assert left.attributes == {
        "http.route": "/[scrubbed]",
        "messaging.message.id": "abc",
        "ab.attempt": 2,
    }
    clean = span("one", attributes={"http.route": "/sessions"})
    assert scrub(clean) is clean
