"""A process is ready when all of its addresses are open, not when its first one is."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE

import httpx

WAIT_SECONDS = 20.0
PROGRAM = """
import asyncio
import sys
from contextlib import asynccontextmanager
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from ab_shared.runtime.health import Health, internal_app
from ab_shared.runtime.process import Listener, run
from ab_shared.runtime.settings import ServiceSettings

async def quick(request):
    return PlainTextResponse("done")

@asynccontextmanager
async def slow(app):
    await asyncio.to_thread(sys.stdin.readline)
    yield

def listeners(settings):
    public = Starlette(routes=[Route("/quick", quick)], lifespan=slow)
    return [
        Listener(public, "127.0.0.1", int(sys.argv[1])),
        Listener(internal_app(Health()), "127.0.0.1", settings.internal_http_port),
    ]

sys.exit(run("gateway", ServiceSettings, listeners))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


async def answer(http: httpx.AsyncClient, url: str, *until: int) -> httpx.Response:
    async with asyncio.timeout(WAIT_SECONDS):
        # Nobody tells when a process that was just started listens.
        while True:
            try:
                found = await http.get(url)
            except httpx.TransportError:
                pass
            else:
                if not until or found.status_code in until:
                    return found
            await asyncio.sleep(0.01)


async def test_it_is_not_ready_before_its_public_address_is_open() -> None:
    public, internal = free_port(), free_port()
    environment = {
        **os.environ,
        "ENVIRONMENT": "test",
        "RABBITMQ_URL": "amqp://nobody:secret@127.0.0.1:1/ab",
        "INTERNAL_HTTP_PORT": str(internal),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, str(public)), env=environment, stdin=PIPE, stderr=PIPE
    )
    ready = f"http://127.0.0.1:{internal}/readyz"
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            first = await answer(http, ready)
            assert (first.status_code, first.json()["parts"]) == (503, {"process": "starting"})
            assert (await http.get(f"http://127.0.0.1:{internal}/livez")).status_code == 200
            assert process.stdin is not None
            process.stdin.write(b"go on\n")
            await answer(http, ready, 200)
            # Once, and at once.
            assert (await http.get(f"http://127.0.0.1:{public}/quick")).status_code == 200
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), WAIT_SECONDS) == 0
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()
