"""Downloads from a real server that tears its connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from ab_client.downloads import ATTEMPTS, Download, fetch_all
from ab_client.errors import DownloadFailed

SOUND = bytes(range(256)) * 400
SIGNATURE = "X-Amz-Signature=5ecret"
Reply = tuple[str, bytes, int]  # status line, body, its stated length


class Store:
    """Gives the replies a test puts in, by path, and keeps each request's Range."""

    def __init__(self) -> None:
        self.url = ""
        self.ranges: list[str | None] = []
        self.replies: list[Callable[[int], Reply]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        rows = [row.partition(": ") for row in head.splitlines()]
        asked = next((value for name, _, value in rows if name.lower() == "range"), None)
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        status, body, length = self.replies.pop(0)(start)
        answer = f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        writer.write(answer.encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


def whole(_start: int) -> Reply:
    return "200 OK", SOUND, len(SOUND)


def rest(start: int) -> Reply:
    return "206 Partial Content", SOUND[start:], len(SOUND) - start


def torn(start: int) -> Reply:
    status, body, length = rest(start) if start else whole(start)
    return status, body[:30_000], length


def missing(_start: int) -> Reply:
    return "404 Not Found", b"<Error/>", 8


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    made = Store()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made.url = f"http://127.0.0.1:{port}/ab-media/track.m4a?{SIGNATURE}"
    yield made
    server.close()
    await server.wait_closed()


async def test_a_whole_file_comes_at_once(store: Store, tmp_path: Path) -> None:
    store.replies = [whole]
    target = tmp_path / "track.m4a"
    await fetch_all([Download(store.url, target)])
    assert target.read_bytes() == SOUND
    assert [path.name for path in tmp_path.iterdir()] == ["track.m4a"]
    assert store.ranges == [None]


async def test_a_torn_download_goes_on_where_it_broke_off(store: Store, tmp_path: Path) -> None:
    store.replies = [torn, torn, rest]
    target = tmp_path / "track.m4a"
    await fetch_all([Download(store.url, target)])
    assert target.read_bytes() == SOUND
    assert store.ranges == [None, "bytes=30000-", "bytes=60000-"]


async def test_a_server_without_ranges_begins_anew(store: Store, tmp_path: Path) -> None:
    store.replies = [torn, whole]
    target = tmp_path / "track.m4a"
    await fetch_all([Download(store.url, target)])
    assert target.read_bytes() == SOUND


async def test_what_an_earlier_run_left_is_not_built_upon(store: Store, tmp_path: Path) -> None:
    (tmp_path / "track.m4a.part").write_bytes(b"of another track")
    store.replies = [whole]
    await fetch_all([Download(store.url, tmp_path / "track.m4a")])
    assert store.ranges == [None]
    assert (tmp_path / "track.m4a").read_bytes() == SOUND


@pytest.mark.parametrize(
    ("reply", "reason"), [(missing, "status 404"), (torn, "RemoteProtocolError")]
)
async def test_a_failure_names_the_file_and_never_the_signed_url(
    store: Store, tmp_path: Path, reply: Callable[[int], Reply], reason: str
) -> None:
    store.replies = [reply] * ATTEMPTS
    with pytest.raises(DownloadFailed) as caught:
        await fetch_all([Download(store.url, tmp_path / "track.m4a")])
    assert str(caught.value) == f"track.m4a could not be downloaded: {reason}"
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert not (tmp_path / "track.m4a").exists()
    assert len(store.ranges) == ATTEMPTS


async def test_a_server_that_is_away_is_a_failure_too(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:1/track.m4a?{SIGNATURE}"
    with pytest.raises(DownloadFailed, match="ConnectError") as caught:
        await fetch_all([Download(url, tmp_path / "track.m4a")])
    assert "5ecret" not in str(caught.value)
