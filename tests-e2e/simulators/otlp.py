"""A collector of traces that speaks OTLP over HTTP (opentelemetry.io/docs/specs/otlp, 1.0)."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status


@dataclass(frozen=True, slots=True)
class SeenSpan:
    """A span as it was exported; ids in hex, ``parent`` empty for a root."""

    service: str
    name: str
    kind: int
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]
    numbers: dict[str, int]
    events: tuple[str, ...]
    failed: bool
    started_ns: int
    ended_ns: int
    resource: dict[str, str]

    @property
    def ms(self) -> float:
        """How long it took."""
        return (self.ended_ns - self.started_ns) / 1e6


class Collector:
    """What was exported so far, or only how much (``counting``): reading costs a core its time."""

    def __init__(self, *, counting: bool = False) -> None:
        self._counting = counting
        self._spans: list[SeenSpan] = []
        self.requests = 0
        self.bytes = 0
        # What a test makes of it: this status in place of 200, after so many seconds.
        self.status = 200
        self.seconds = 0.0
        self.headers: dict[str, str] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.url = ""
        self.raw: list[bytes] = []
        """Every request as it came: for those who look for what should not be in it."""

    def take(self, body: bytes) -> None:
        """Reads one request."""
        with self._lock:
            self.requests += 1
            self.bytes += len(body)
        if self._counting:
            return
        request = ExportTraceServiceRequest.FromString(body)
        found: list[SeenSpan] = []
        for resource in request.resource_spans:
            names = {a.key: a.value.string_value for a in resource.resource.attributes}
            for scope in resource.scope_spans:
                found += [_seen(span, names) for span in scope.spans]
        with self._lock:
            self.raw.append(body)
            self._spans += found

    @property
    def count(self) -> int:
        """How many spans were exported."""
        with self._lock:
            return len(self._spans)

    def wait(self) -> None:
        """As slow as a test wants it, but no longer than the test."""
        self._over.wait(self.seconds)

    def end(self) -> None:
        """Lets nobody wait any more."""
        self._over.set()

    @property
    def spans(self) -> list[SeenSpan]:
        """Every span so far."""
        with self._lock:
            return list(self._spans)

    def of(self, trace: str) -> list[SeenSpan]:
        """The spans of one trace."""
        with self._lock:
            return [span for span in self._spans if span.trace == trace]


def _seen(span: Span, resource: dict[str, str]) -> SeenSpan:
    return SeenSpan(
        service=resource.get("service.name", ""),
        name=span.name,
        kind=span.kind,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        attributes={a.key: a.value.string_value for a in span.attributes},
        numbers={
            a.key: a.value.int_value for a in span.attributes if a.value.HasField("int_value")
        },
        events=tuple(str(event) for event in span.events),
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        started_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
        resource=resource,
    )


def _handler(collector: Collector) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers exports."""

        def do_POST(self) -> None:
            """``POST /v1/traces`` in binary protobuf."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            known = self.path == "/v1/traces"
            collector.headers = {name.lower(): value for name, value in self.headers.items()}
            collector.wait()
            status = collector.status if known else HTTPStatus.NOT_FOUND
            if status == HTTPStatus.OK:
                collector.take(body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            """Stays silent."""

    return Handler


@contextmanager
def collecting(*, counting: bool = False) -> Iterator[Collector]:
    """A collector on a free port of loopback, on threads of its own."""
    collector = Collector(counting=counting)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(collector))
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.end()
        server.shutdown()
        thread.join()
        server.server_close()
