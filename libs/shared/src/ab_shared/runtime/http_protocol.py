"""HTTP/1.1 as our servers speak it: uvicorn's httptools protocol, with an end to everything.

httptools bounds neither the bytes nor the time of what a client sends, and believes a request
without a ``Host``.
"""

from __future__ import annotations

import asyncio
import resource
import socket
from http import HTTPStatus
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Request line and headers; a token of 8 KB and cookies of a browser fit many times over.
MAX_HEAD_BYTES = 32 * 1024
# A phone on a bad line sends its head within a second or two; who takes longer plays for time.
HEAD_SECONDS = 10.0
# For the rest of a body whose answer is out already: a client reads the answer when it has sent.
LINGER_SECONDS = 5.0
# A peer that takes nothing for this long is gone, or means to hold the connection for ever.
STALLED_MS = 30_000
# The rest is for files, the broker, the cache and the database.
SHARE_OF_FILES = 0.8
HOSTS = {"1.0": (0, 1), "1.1": (1,)}
REASONS = {
    HTTPStatus.BAD_REQUEST: b"The request is no valid HTTP",
    HTTPStatus.REQUEST_TIMEOUT: b"The request did not arrive in time",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: b"The headers are too large",
    HTTPStatus.SERVICE_UNAVAILABLE: b"Too many clients, come back in a moment",
}


def most_connections() -> int:
    """How many connections a process takes: beyond its open files it could not even refuse."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, int(files * SHARE_OF_FILES))


class BoundedHttp(HttpToolsProtocol):
    """One connection; whoever breaks a bound gets one plain answer and is let go."""

    most = most_connections()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there, and has to say something soon."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._arrived = 0
        self._in_head = False
        self._status = HTTPStatus.BAD_REQUEST
        self._patience: asyncio.TimerHandle | None = None
        # Linux alone has it; elsewhere, as on a developer's Mac, a stalled peer is kept longer.
        if (stalled := getattr(socket, "TCP_USER_TIMEOUT", None)) is not None:
            opened = transport.get_extra_info("socket")
            opened.setsockopt(socket.IPPROTO_TCP, stalled, STALLED_MS)
        self._wait_for(HEAD_SECONDS)
        if len(self.connections) > self.most:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has left."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More of what a client sends; nobody gathers a head for ever."""
        if self._patience is None and (self.cycle is None or self.cycle.response_complete):
            self._wait_for(HEAD_SECONDS)
        before = self._in_head
        self._arrived = self._arrived + len(data) if before else len(data)
        super().data_received(data)
        # What came with the end of another request is not counted: only heads are bounded here.
        if before and self._in_head and self._arrived > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head is whole; an error raised here is answered by ``send_400_response``."""
        self._in_head = False
        self._stop_waiting()
        if self._arrived > MAX_HEAD_BYTES and self._head_bytes() > MAX_HEAD_BYTES:
            self._status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError(REASONS[self._status])
        hosts = sum(name == b"host" for name, _ in self.headers)
        # RFC 9112, 3.2: two hosts are how one request becomes another behind a proxy.
        if hosts not in HOSTS.get(self.parser.get_http_version(), ()):
            raise ValueError(REASONS[self._status])
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer is out; what the client still sends of that request is waited for briefly."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body:
            self._wait_for(LINGER_SECONDS)
        elif self._in_head:
            self._wait_for(HEAD_SECONDS)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP, or too much of it."""
        del msg
        self._refuse(self._status)

    def _unsupported_upgrade_warning(self) -> None:
        # Answered as a plain request; what follows on the connection speaks another protocol.
        self.cycle.keep_alive = False

    def _head_bytes(self) -> int:
        # ": " and the line's end stand around every name and value.
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _wait_for(self, seconds: float) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _too_slow(self) -> None:
        self._patience = None
        # Browsers connect ahead of need: who said nothing is asked nothing.
        if self._in_head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus) -> None:
        if self.transport.is_closing():
            return
        reason = REASONS[status]
        retry = b"retry-after: 2\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else b""
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
        length = b"content-length: %d\r\n" % len(reason)
        kind = b"content-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
        self.transport.write(head + kind + length + retry + b"\r\n" + reason)
        self.transport.close()
