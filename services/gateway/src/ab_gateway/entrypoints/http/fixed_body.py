"""Answers that never change while the process runs: written, named and compressed once."""

from __future__ import annotations

import gzip
from functools import cached_property
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.dressing import GZIP_FROM_BYTES, GZIPPED

# An hour: what is fixed changes with releases only.
CACHEABLE = {"Cache-Control": "public, max-age=3600"}


class FixedBody:
    """A body that is public; the door makes its ETag a 304."""

    def __init__(self, body: bytes, media_type: str, headers: dict[str, str] | None = None) -> None:
        self._body = body
        self._media_type = media_type
        self._headers = {**CACHEABLE, **(headers or {})}
        self._etag = f'"{sha256(body).hexdigest()[:32]}"'

    def answer(self, request: Request) -> Response:
        """The body as this client takes it."""
        if len(self._body) < GZIP_FROM_BYTES:
            return self._response(self._body, {"ETag": self._etag})
        # Told to the plain one as well by the door, which compresses what is not: not this one.
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return self._response(self._body, {"ETag": self._etag})
        tag = self._etag.removesuffix('"') + GZIPPED.decode()
        told = {"ETag": tag, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return self._response(self._smaller, told)

    @cached_property
    def _smaller(self) -> bytes:
        # A megabyte takes a twentieth of a second: once, not at everybody's request.
        return gzip.compress(self._body, mtime=0)

    def _response(self, body: bytes, told: dict[str, str]) -> Response:
        return Response(body, media_type=self._media_type, headers={**self._headers, **told})
