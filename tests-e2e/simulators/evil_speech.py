"""A speech vendor over a real socket, OpenAI-shaped, whose voices misbehave in one way each.

``POST /v1/audio/speech`` with ``{"voice": ...}``::

    hang      reads the request and never answers
    trickle   begins an answer of a megabyte and sends a byte of it five times a second
    garbage   answers 200 with a web page
    busy      answers 429 with Retry-After: 3600
    well      speaks: half a second of a tone as a WAV file
"""

from __future__ import annotations

import asyncio
import io
import json
import math
import wave
from array import array
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

RATE = 24_000
SECONDS = 0.5
TRICKLE_SECONDS = 0.2
PROMISED_BYTES = 1_000_000
NEVER = 3600.0


def tone() -> bytes:
    """Half a second of 220 Hz as a mono WAV file."""
    count = int(RATE * SECONDS)
    samples = array("h", (int(9000 * math.sin(2 * math.pi * 220 * n / RATE)) for n in range(count)))
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return target.getvalue()


class EvilSpeech:
    """The vendor; ``asked`` counts requests by voice, ``most`` connections at once by voice."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        voice = ""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(line.split(":")[1])
                for line in head.lower().splitlines()
                if line.startswith("content-length")
            )
            voice = str(json.loads(await reader.readexactly(length))["voice"])
            self.asked[voice] += 1
            self.open[voice] += 1
            self.most[voice] = max(self.most[voice], self.open[voice])
            await self._answer(voice, reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open[voice] -= 1
            writer.transport.abort()

    async def _answer(
        self, voice: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if voice == "hang":
            # Until the other side has had enough.
            await asyncio.wait_for(reader.read(), NEVER)
        elif voice == "trickle":
            await self._trickle(reader, writer)
        elif voice == "garbage":
            await _send(writer, "200 OK", "audio/wav", b"<html>Please try again later</html>")
        elif voice == "busy":
            error = b'{"error": {"type": "rate_limit_exceeded"}}'
            more = "Retry-After: 3600\r\n"
            await _send(writer, "429 Too Many Requests", "application/json", error, more)
        else:
            await _send(writer, "200 OK", "audio/wav", tone())

    async def _trickle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(_head("200 OK", "audio/wav", PROMISED_BYTES) + b"RIFF")
        for _ in range(PROMISED_BYTES):
            writer.write(b"\0")
            await writer.drain()
            # Reading tells at once that the other side has had enough.
            with suppress(TimeoutError):
                async with asyncio.timeout(TRICKLE_SECONDS):
                    await reader.read()
                    return


def _head(status: str, content_type: str, length: int, more: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {length}\r\n{more}Connection: close\r\n\r\n"
    ).encode()


async def _send(
    writer: asyncio.StreamWriter, status: str, content_type: str, body: bytes, more: str = ""
) -> None:
    writer.write(_head(status, content_type, len(body), more) + body)
    await writer.drain()
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def evil_speech() -> AsyncIterator[EvilSpeech]:
    """The vendor at work on a free port of loopback."""
    vendor = EvilSpeech()
    server = await asyncio.start_server(vendor.serve, "127.0.0.1", 0)
    vendor.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield vendor
    finally:
        server.close()
