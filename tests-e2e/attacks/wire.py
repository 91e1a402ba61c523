"""Bytes on a socket, as no polite client sends them, and the answers that come back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 5.0
MOST_BYTES = 4_000_000


@dataclass(frozen=True)
class Answer:
    """One answer of a server; names of headers are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header with this name."""
        return next((value for found, value in self.headers if found == name), None)

    @property
    def text(self) -> str:
        """The body, whatever is in it."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True)
class Exchange:
    """All that came back; ``closed``: the server has ended the connection."""

    answers: tuple[Answer, ...]
    closed: bool


async def exchange(
    url: str, pieces: Iterable[bytes], *, pause: float = 0.0, seconds: float = SECONDS
) -> Exchange:
    """Sends pieces on a connection of its own and reads until it ends or nothing more comes."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    sending = asyncio.create_task(_send(writer, pieces, pause))
    received = bytearray()
    closed = False
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while len(received) < MOST_BYTES:
                    chunk = await reader.read(65536)
                    if not chunk:
                        closed = True
                        break
                    received += chunk
    except ConnectionError:
        closed = True
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            await sending
        writer.close()
    return Exchange(tuple(_answers(bytes(received))), closed)


async def _send(writer: asyncio.StreamWriter, pieces: Iterable[bytes], pause: float) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        if pause:
            await asyncio.sleep(pause)


def _answers(received: bytes) -> list[Answer]:
    found: list[Answer] = []
    rest = received
    while rest.startswith(b"HTTP/"):
        head, _, after = rest.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = tuple(
            (name.strip().lower(), value.strip())
            for name, _, value in (line.partition(":") for line in lines[1:])
        )
        body, rest = _body(dict(headers), after)
        found.append(Answer(int(lines[0].split(" ")[1]), headers, body))
    return found


def _body(headers: dict[str, str], after: bytes) -> tuple[bytes, bytes]:
    if "chunked" in headers.get("transfer-encoding", ""):
        body = b""
        while after:
            size, _, after = after.partition(b"\r\n")
            length = int(size.split(b";")[0] or b"0", 16)
            body, after = body + after[:length], after[length + 2 :]
            if length == 0:
                break
        return body, after
    length = int(headers.get("content-length", str(len(after))))
    return after[:length], after[length:]
