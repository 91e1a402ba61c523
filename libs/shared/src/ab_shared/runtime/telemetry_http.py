"""Sends spans to a collector over HTTP, on the exporter's own thread and within a few seconds."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.telemetry_wire import request

TIMEOUT_SECONDS = 5.0
MOST_OF_AN_ANSWER = 64 * 1024
PAUSES = (0.2, 1.0)
# OTLP 1.x, "Failures": these say that the same request may be taken later.
_PASSING = frozenset({429, 502, 503, 504})
_TAKEN = range(200, 300)
_KINDS: dict[str, type[http.client.HTTPConnection]] = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}
_NO_ADDRESS = SettingsInvalid("Settings: OTEL_EXPORTER_OTLP_ENDPOINT is no http(s) address")


class OtlpHttp(SpanExporter):
    """OTLP over HTTP (protobuf) on one connection that is kept."""

    def __init__(self, endpoint: str, headers: Mapping[str, str]) -> None:
        url = urlsplit(endpoint.rstrip("/") + "/v1/traces")
        kind = _KINDS.get(url.scheme)
        if kind is None or not url.hostname:
            raise _NO_ADDRESS
        try:
            # Without a port, an address of IPv6 would be taken for one.
            port = kind.default_port if url.port is None else url.port
        except ValueError:
            raise _NO_ADDRESS from None
        self._connection = kind(url.hostname, port, timeout=TIMEOUT_SECONDS)
        self._path = url.path
        self._headers = {"Content-Type": "application/x-protobuf", **headers}
        self._ending = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """One batch, tried again while the collector is only busy or away for a moment."""
        body, late = request(spans), time.monotonic() + TIMEOUT_SECONDS
        for pause in (0.0, *PAUSES):
            if self._ending.wait(pause) and pause:
                break  # nobody waits for a process that ends: the last batch has one try
            status = self._send(body)
            if status in _TAKEN:
                return SpanExportResult.SUCCESS
            if (status and status not in _PASSING) or time.monotonic() > late:
                break
        return SpanExportResult.FAILURE

    def _send(self, body: bytes) -> int:
        """The status of the answer; 0 without one."""
        try:
            self._connection.request("POST", self._path, body, self._headers)
            answer = self._connection.getresponse()
            answer.read(MOST_OF_AN_ANSWER)
        except (OSError, http.client.HTTPException):
            # Opened anew by the next request.
            self._connection.close()
            return 0
        if not answer.isclosed():
            self._connection.close()
        return answer.status

    def shutdown(self) -> None:
        """Waits for nothing any more."""
        self._ending.set()
        self._connection.close()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing waits here."""
        del timeout_millis
        return True
