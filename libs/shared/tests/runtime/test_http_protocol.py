"""Real sockets: whatever is no HTTP, too much of it or too slow gets one answer and is let go."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from ab_shared.runtime import http_protocol
from ab_shared.runtime.http_protocol import BoundedHttp
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

WAIT_SECONDS = 5.0
HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Says at once that it is there, or, under ``/body``, what was sent."""
    text = "here"
    if scope["path"] == "/body":
        message: Message = {"more_body": True}
        text = ""
        while message.get("more_body"):
            message = await receive()
            text += message.get("body", b"").decode()
    await PlainTextResponse(text)(scope, receive, send)


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def status(self) -> str:
        line = await asyncio.wait_for(self.reader.readline(), WAIT_SECONDS)
        return line.decode().split(" ")[1] if line else ""

    async def answer(self) -> str:
        """The status and the body of an answer that leaves the connection open."""
        status = await self.status()
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), WAIT_SECONDS)
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return f"{status} {(await self.reader.readexactly(length)).decode()}"

    async def until_closed(self) -> bytes:
        return await asyncio.wait_for(self.reader.read(), WAIT_SECONDS)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(application, http=BoundedHttp, ws="none", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: BoundedHttp(config, state, {}), "127.0.0.1", 0, start_serving=True
    )
    yield server.sockets[0].getsockname()[1]
    server.close()


@asynccontextmanager
async def connected(port: int, *pieces: bytes) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    yield Client(reader, writer)
    writer.close()


async def test_two_requests_sent_at_once_are_answered_in_turn(port: int) -> None:
    first = POST.replace(b"/", b"/body", 1) + b"Content-Length: 3\r\n\r\nabc"
    async with connected(port, first + HEAD + b"\r\n") as client:
        assert await client.answer() == "200 abc"
        assert await client.answer() == "200 here"


async def test_a_system_that_can_t_bound_a_stalled_peer_is_served_all_the_same(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(socket, "TCP_USER_TIMEOUT")
    async with connected(port, HEAD + b"\r\n") as client:
        assert await client.answer() == "200 here"


@pytest.mark.parametrize(
    "text",
    [
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: +3\r\n\r\nabc",
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        POST + b"Content-Length : 3\r\n\r\nabc",
        HEAD + b"X-A: a\r\n folded: b\r\n\r\n",
        HEAD + b"X-A: a\x00b\r\n\r\n",
        HEAD + b"X-A: a\rX-B: b\r\n\r\n",
        HEAD + b"X A: b\r\n\r\n",
        HEAD + b"Host: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
async def test_what_could_be_read_in_two_ways_is_no_request(port: int, text: bytes) -> None:
    async with connected(port, text) as client:
        answer = await client.until_closed()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_an_upgrade_is_a_plain_request_and_the_last(port: int) -> None:
    upgrade = b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    async with connected(port, HEAD + upgrade) as client:
        assert (await client.until_closed()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("pieces", [1, 7])
async def test_a_head_has_a_bound_however_it_comes(port: int, pieces: int) -> None:
    text = HEAD + b"X-A: " + b"a" * 40_000 + b"\r\n\r\n"
    size = len(text) // pieces + 1
    parts = [text[start : start + size] for start in range(0, len(text), size)]
    async with connected(port, *parts) as client:
        assert await client.status() == "431"


async def test_a_body_counts_as_no_head(port: int) -> None:
    body = b"a" * 200_000
    post = POST.replace(b"/", b"/body", 1) + b"Content-Length: 200000\r\n\r\n"
    async with connected(port, post + body + HEAD + b"\r\n") as client:
        assert len(await client.answer()) == 200_004
        assert await client.answer() == "200 here"


async def test_a_head_that_drips_ends_in_time(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    async with connected(port, HEAD) as client:
        for _ in range(4):
            client.writer.write(b"X-A: b\r\n")
            await asyncio.sleep(0.01)
        assert await client.status() == "408"


@pytest.mark.parametrize("before", [b"", b"\r\n", HEAD + b"\r\n"])
async def test_who_says_nothing_is_let_go(
    port: int, monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.1)
    async with connected(port, before) as client:
        if before.startswith(HEAD):
            assert await client.answer() == "200 here"
            # Between two requests an empty line is allowed, and no way to stay.
            client.writer.write(b"\r\n")
        assert await client.until_closed() == b""


async def test_a_body_that_nobody_waits_for_is_not_waited_for_long(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "LINGER_SECONDS", 0.1)
    async with connected(port, POST + b"Content-Length: 100\r\n\r\na") as client:
        assert await client.answer() == "200 here"
        assert await client.until_closed() == b""


async def test_a_body_that_ends_in_time_keeps_its_connection(port: int) -> None:
    async with connected(port, POST + b"Content-Length: 2\r\n\r\na") as client:
        assert await client.answer() == "200 here"
        client.writer.write(b"b" + HEAD + b"\r\n")
        assert await client.answer() == "200 here"


async def test_one_client_too_many_is_told_to_come_back(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedHttp, "most", 1)
    async with connected(port, HEAD + b"\r\n") as first:
        assert await first.answer() == "200 here"
        async with connected(port) as second:
            answer = await second.until_closed()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after" in answer
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            async with connected(port, HEAD + b"\r\n") as third:
                if await third.status() == "200":
                    break
