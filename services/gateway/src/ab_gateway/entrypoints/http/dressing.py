"""What is done to every answer on its way out: 304, compression, the headers that all have."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from http import HTTPStatus

from starlette.types import Message, Scope, Send

from ab_gateway.entrypoints.http.trail import Trail

# Below this a compressed body and its header are no shorter.
GZIP_FROM_BYTES = 1024
GZIP_LEVEL = 4
COMPRESSIBLE = (b"application/json", b"text/", b"application/javascript", b"image/svg")
# Where an answer holds tokens its length shall tell nothing about them (BREACH).
NEVER_COMPRESSED = "/auth/"
GZIPPED = b'-gzip"'
DESCRIBING = (b"content-length", b"content-type", b"content-encoding")

Headers = list[tuple[bytes, bytes]]
SECURITY_HEADERS: Headers = [
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-resource-policy", b"same-site"),
]


class Dressing:
    """Sends one answer.

    One whose length is known is held until its body is there, because both decide what its head
    says; a stream goes out as it comes.
    """

    def __init__(self, scope: Scope, trail: Trail, send: Send) -> None:
        self._scope = scope
        self._trail = trail
        self._send = send
        self._held: Message | None = None
        self.streamed = False

    async def send(self, message: Message) -> None:
        """As an application's ``send``."""
        if message["type"] == "http.response.start":
            await self._begin(message)
            return
        held, self._held = self._held, None
        if held is not None:
            message = self._fitted(held, message)
            self._dress(held)
            await self._send(held)
        await self._send(message)

    async def _begin(self, message: Message) -> None:
        headers: Headers = list(message["headers"])
        message = {**message, "headers": headers}
        if _find(headers, b"content-length") is None:
            content_type = _find(headers, b"content-type") or b""
            self.streamed = content_type.startswith(b"text/event-stream")
            self._dress(message)
            await self._send(message)
        else:
            self._held = message

    def _dress(self, start: Message) -> None:
        headers: Headers = start["headers"]
        self._trail.status = start["status"]
        present = {name for name, _ in headers}
        headers += [pair for pair in SECURITY_HEADERS if pair[0] not in present]
        headers.append((b"x-request-id", self._trail.echoed.encode()))
        allowance = self._trail.allowance
        if allowance is not None:
            headers.append((b"ratelimit-policy", allowance.policy.header.encode()))
            headers.append((b"ratelimit", allowance.header.encode()))

    def _fitted(self, start: Message, message: Message) -> Message:
        """The body as this client wants it: not at all, compressed, or as it is."""
        headers: Headers = start["headers"]
        tag = _find(headers, b"etag")
        held = self._held_as(tag) if tag is not None else None
        if held is not None and start["status"] in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            start["status"] = int(HTTPStatus.NOT_MODIFIED)
            _remove(headers, (*DESCRIBING, b"etag"))
            headers.append((b"etag", held))
            return {"type": "http.response.body", "body": b""}
        body = message.get("body", b"")
        if message.get("more_body") or not self._may_compress(headers, body):
            return message
        headers.append((b"vary", b"Accept-Encoding"))
        if b"gzip" not in self._sent(b"accept-encoding"):
            return message
        smaller = gzip.compress(body, GZIP_LEVEL, mtime=0)
        _remove(headers, (b"content-length", b"etag"))
        headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(smaller)).encode()))
        if tag is not None:
            # A strong tag names bytes, and these are others (RFC 9110, 8.8.3.3).
            headers.append((b"etag", tag.removesuffix(b'"') + GZIPPED))
        return {"type": "http.response.body", "body": smaller}

    def _held_as(self, tag: bytes) -> bytes | None:
        """As what ``If-None-Match`` names this tag."""
        sent = self._sent(b"if-none-match")
        if not sent or self._scope["method"] not in {"GET", "HEAD"}:
            return None
        named = [one.strip().removeprefix(b"W/") for one in sent.split(b",")]
        if b"*" in named:
            return tag
        return next((one for one in named if _plain(one) == _plain(tag)), None)

    def _may_compress(self, headers: Headers, body: bytes) -> bool:
        if len(body) < GZIP_FROM_BYTES or NEVER_COMPRESSED in self._scope["path"]:
            return False
        content_type = _find(headers, b"content-type") or b""
        plain = _find(headers, b"content-encoding") is None
        return plain and content_type.startswith(COMPRESSIBLE)

    def _sent(self, name: bytes) -> bytes:
        return b",".join(value for held, value in self._scope["headers"] if held == name)


def _plain(tag: bytes) -> bytes:
    """A tag as it was made here, whatever was done to its body on the way."""
    return tag.removesuffix(GZIPPED) + b'"' if tag.endswith(GZIPPED) else tag


def _find(headers: Headers, name: bytes) -> bytes | None:
    for held, value in headers:
        if held == name:
            return value
    return None


def _remove(headers: Headers, names: Iterable[bytes]) -> None:
    headers[:] = [pair for pair in headers if pair[0] not in names]
