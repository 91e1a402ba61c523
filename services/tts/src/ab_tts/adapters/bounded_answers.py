"""Vendors' answers up to a size: their clients would read whatever comes into memory."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Any

import httpx
import httpx2

# Of raw bytes on the wire; the longest line as PCM in base64 is a third of it.
MOST_BYTES = 24_000_000


class AnswerTooLong(ValueError):
    """More than any line can be."""


async def bounded(response: Any) -> None:
    """A hook for responses of ``httpx`` or ``httpx2`` clients, before their body is read."""
    newer = isinstance(response, httpx2.Response)
    response.stream = (_Newer if newer else _Older)(response.stream)


class _Stream:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        parts: AsyncIterable[bytes] = self._stream
        async for part in parts:
            left -= len(part)
            if left < 0:
                raise AnswerTooLong("The vendor's answer is longer than any line")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Older(_Stream, httpx.AsyncByteStream):
    pass


class _Newer(_Stream, httpx2.AsyncByteStream):
    pass
