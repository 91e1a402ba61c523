"""One service as one process: it starts, ends when told, and says by its code how that went."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from ab_shared.runtime.process import Listener, run
from ab_shared.runtime.settings import ServiceSettings

WAIT_SECONDS = 20.0
MEGABYTE = 1024 * 1024
PROGRAM = """
import asyncio, sys
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from ab_shared.errors import DependencyUnavailable, SchemaOutdated
from ab_shared.runtime.process import Listener, run, stop_process
from ab_shared.runtime.settings import ServiceSettings

failures = {
    "broken": RuntimeError("no database"),
    "outdated": SchemaOutdated("run migrate first"),
    "early": DependencyUnavailable("the database does not answer"),
}
failure = failures.get("".join(sys.argv[1:]))

def say(word):
    print(word, flush=True)

@asynccontextmanager
async def lifespan(app):
    say("opened")
    yield
    say("closed")

@asynccontextmanager
async def failing(app):
    raise failure
    yield

async def slow(request):
    say("working")
    await asyncio.sleep(0.3)
    return PlainTextResponse("done")

async def quick(request):
    return PlainTextResponse("done")

async def stop(request):
    stop_process()
    return PlainTextResponse("ending")

def listeners(settings):
    routes = [Route("/slow", slow), Route("/stop", stop), Route("/quick", quick)]
    port = settings.internal_http_port
    found = [Listener(Starlette(routes=routes, lifespan=lifespan), "127.0.0.1", port)]
    if failure:
        found.append(Listener(Starlette(lifespan=failing), "127.0.0.1", port + 1))
    return found

sys.exit(run("tts", ServiceSettings, listeners))
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


Start = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start(port: int, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts the program; whatever still runs at the end is killed."""
    program = tmp_path / "service.py"
    program.write_text(PROGRAM)
    needed = {"RABBITMQ_URL": "amqp://u:p@127.0.0.1/ab", "INTERNAL_HTTP_PORT": str(port)}
    started: list[Process] = []

    async def begin(*arguments: str) -> Process:
        command = (sys.executable, str(program), *arguments)
        process = await asyncio.create_subprocess_exec(
            *command, env=os.environ | needed, stdout=PIPE, stderr=PIPE
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@asynccontextmanager
async def answering(port: int) -> AsyncIterator[httpx.AsyncClient]:
    """A client, once somebody listens."""
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, timeout=WAIT_SECONDS) as client:
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                if await listens(port):
                    break
                await asyncio.sleep(0.02)
        yield client


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def line(process: Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), WAIT_SECONDS)).decode().strip()


async def end(process: Process) -> tuple[int | None, list[str], list[dict[str, Any]], bytes]:
    """The exit code, plain words, log rows and standard error."""
    out, err = await asyncio.wait_for(process.communicate(), WAIT_SECONDS)
    lines = out.decode().splitlines()
    words = [text for text in lines if not text.startswith("{")]
    rows = [json.loads(text) for text in lines if text.startswith("{")]
    return process.returncode, words, rows, err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_ends_when_told_and_finishes_what_it_has_begun(
    start: Start, port: int, number: signal.Signals
) -> None:
    process = await start()
    assert await line(process) == "opened"
    async with answering(port) as client:
        asked = asyncio.create_task(client.get("/slow"))
        assert await line(process) == "working"
        process.send_signal(number)
        assert (await asked).text == "done"
    assert await end(process) == (0, ["closed"], [], b"")
    assert not await listens(port)


async def test_may_ask_itself_to_end(start: Start, port: int) -> None:
    process = await start()
    async with answering(port) as client:
        assert (await client.get("/stop")).text == "ending"
    assert await end(process) == (0, ["opened", "closed"], [], b"")


async def ask_with(port: int, head: bytes, more: Iterable[bytes] = ()) -> tuple[bytes, int]:
    """The first line that comes back, and how many bytes could be sent until then."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    try:
        for piece in (b"GET /quick HTTP/1.1\r\nHost: a\r\n" + head, *more):
            writer.write(piece)
            sent += len(piece)
            await writer.drain()
    except ConnectionError:  # it was refused while we were still sending
        pass
    async with asyncio.timeout(WAIT_SECONDS):
        try:
            return await reader.readline(), sent
        except ConnectionError:
            return b"", sent
        finally:
            writer.close()


def memory(process: Process) -> int:
    """The bytes a process holds, at their highest."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


async def test_headers_have_a_bound(start: Start, port: int) -> None:
    await start()
    async with answering(port):
        fits, _ = await ask_with(port, b"X-A: " + b"a" * 30_000 + b"\r\n\r\n")
        assert b" 200 " in fits
        for head in (b"X-A: " + b"a" * 33_000, b"X-A: a\r\n" * 6000 + b"X-B: b"):
            answer, _ = await ask_with(port, head + b"\r\n\r\n")
            assert b" 431 " in answer
        again, _ = await ask_with(port, b"\r\n")
        assert b" 200 " in again


async def test_headers_without_an_end_are_cut_and_forgotten(start: Start, port: int) -> None:
    process = await start()
    async with answering(port):
        before = memory(process)
        pieces = [b"a" * 65_536] * (80 * MEGABYTE // 65_536)
        answer, sent = await ask_with(port, b"X-A: ", pieces)
        assert b" 431 " in answer or not answer
        assert sent < 20 * MEGABYTE
        assert memory(process) - before < 8 * MEGABYTE


async def test_a_part_that_cannot_start_ends_all_of_it(start: Start) -> None:
    code, words, rows, err = await end(await start("broken"))
    assert (code, words, err) == (1, ["opened", "closed"], b"")
    assert any("no database" in row["message"] for row in rows)
    assert {row["service"] for row in rows} == {"tts"}


@pytest.mark.parametrize(
    ("reason", "code", "said"),
    [
        ("outdated", 78, b"tts: run migrate first\n"),
        ("early", 75, b"tts: the database does not answer\n"),
    ],
)
async def test_what_has_a_name_is_one_line_and_no_trace(
    start: Start, reason: str, code: int, said: bytes
) -> None:
    found, words, rows, err = await end(await start(reason))
    assert (found, words, err) == (code, ["opened", "closed"], said)
    assert not any("Traceback" in json.dumps(row) for row in rows)


async def test_an_address_in_use_is_said(start: Start, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)):
        code, words, rows, err = await end(await start())
    assert (code, words, err) == (1, ["opened", "closed"], b"")
    assert any("address already in use" in row["message"] for row in rows)


def test_wrong_settings_are_one_line_and_nothing_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RABBITMQ_URL", "change-me")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")

    def listeners(_settings: ServiceSettings) -> list[Listener]:
        raise AssertionError("must not be asked")

    assert run("tts", ServiceSettings, listeners) == 78
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tts: Settings: ")
    assert said.err.count("\n") == 1
    assert "RABBITMQ_URL" in said.err
    assert "LOG_LEVEL" in said.err
