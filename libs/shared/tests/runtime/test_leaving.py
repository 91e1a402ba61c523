"""A process that has been told to end says so first, and goes on answering meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

WAIT_SECONDS = 20.0
PROGRAM = """
import sys
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from ab_shared.runtime.health import Health, internal_app
from ab_shared.runtime.process import Listener, run
from ab_shared.runtime.settings import ServiceSettings

async def quick(request):
    return PlainTextResponse("done")

def listeners(settings):
    public = Starlette(routes=[Route("/quick", quick)])
    port = settings.internal_http_port
    return [
        Listener(internal_app(Health()), "127.0.0.1", port),
        Listener(public, "127.0.0.1", int(sys.argv[1])),
    ]

sys.exit(run("gateway", ServiceSettings, listeners))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


@asynccontextmanager
async def running(internal: int, public: int, unready: str) -> AsyncIterator[Process]:
    environment = {
        **os.environ,
        "ENVIRONMENT": "test",
        "RABBITMQ_URL": "amqp://nobody:secret@127.0.0.1:1/ab",
        "INTERNAL_HTTP_PORT": str(internal),
        "DRAIN_SECONDS": "2",
        "UNREADY_SECONDS": unready,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, str(public)), env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def status(http: httpx.AsyncClient, url: str) -> int:
    try:
        return (await http.get(url)).status_code
    except httpx.TransportError:
        return 0


async def becomes(http: httpx.AsyncClient, url: str, wanted: int) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        # Nobody tells when a process that was just started listens.
        for _ in range(2000):
            if await status(http, url) == wanted:
                return
            await asyncio.sleep(0.01)
    raise AssertionError(f"{url} is never {wanted}")


async def test_it_is_unready_first_and_answers_until_it_stops() -> None:
    internal, public = free_port(), free_port()
    ready, quick = f"http://127.0.0.1:{internal}/readyz", f"http://127.0.0.1:{public}/quick"
    async with httpx.AsyncClient(trust_env=False) as http, running(internal, public, "1") as it:
        await becomes(http, ready, 200)
        await becomes(http, quick, 200)
        it.send_signal(signal.SIGTERM)
        await becomes(http, ready, 503)
        assert (await http.get(ready)).json()["parts"] == {"process": "leaving"}
        assert await status(http, quick) == 200
        assert await asyncio.wait_for(it.wait(), WAIT_SECONDS) == 0
        assert await status(http, quick) == 0


@pytest.mark.parametrize("unready", ["0", "60"])
async def test_without_notice_or_told_twice_it_ends_at_once(unready: str) -> None:
    internal, public = free_port(), free_port()
    ready = f"http://127.0.0.1:{internal}/readyz"
    async with httpx.AsyncClient(trust_env=False) as http, running(internal, public, unready) as it:
        await becomes(http, ready, 200)
        it.send_signal(signal.SIGTERM)
        if unready != "0":
            await becomes(http, ready, 503)
            it.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(it.wait(), WAIT_SECONDS) == 0
