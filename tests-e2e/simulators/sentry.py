"""A Sentry that takes envelopes (develop.sentry.dev/sdk/data-model/envelopes) and keeps them."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "0123456789abcdef0123456789abcdef"
PROJECT = "7"


class Sentry:
    """What was reported so far; ``status`` is what reports are answered with."""

    def __init__(self) -> None:
        self.status = 200
        self.dsn = ""
        self.raw: list[bytes] = []
        self._seen = threading.Condition()

    def take(self, body: bytes) -> None:
        """Keeps one envelope."""
        with self._seen:
            self.raw.append(body)
            self._seen.notify_all()

    def events(self, least: int = 0, within: float = 10.0) -> list[dict[str, Any]]:
        """The reported events, once there are ``least``.

        Raises:
            TimeoutError: they did not come within so many seconds.
        """
        with self._seen:
            if not self._seen.wait_for(lambda: len(self._events()) >= least, within):
                raise TimeoutError(f"{len(self._events())} of {least} reports came")
            return self._events()

    def _events(self) -> list[dict[str, Any]]:
        return [event for body in self.raw for event in _events_in(body)]


def _events_in(envelope: bytes) -> Iterator[dict[str, Any]]:
    lines = envelope.split(b"\n")
    for header, payload in zip(lines[1::2], lines[2::2], strict=False):
        if json.loads(header or b"{}").get("type") == "event":
            yield json.loads(payload)


def _handler(sentry: Sentry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers envelopes."""

        def do_POST(self) -> None:
            """``POST /api/7/envelope/`` with the key in ``X-Sentry-Auth``."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            known = f"sentry_key={KEY}" in self.headers.get("X-Sentry-Auth", "")
            right = self.path == f"/api/{PROJECT}/envelope/"
            if known and right and sentry.status == 200:
                sentry.take(body)
            self.send_response(sentry.status if known and right else 403)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_arguments: object) -> None:
            """Stays silent."""

    return Handler


@contextmanager
def playing_sentry() -> Iterator[Sentry]:
    """One on a free port of loopback, on threads of its own."""
    sentry = Sentry()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(sentry))
    sentry.dsn = f"http://{KEY}@127.0.0.1:{server.server_address[1]}/{PROJECT}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sentry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
