"""Event streams by the thousand: what one takes, and how soon the last hears what happened."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
from ab_shared.contracts.envelope import wrap
from ab_shared.contracts.events import JobChanged
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.messaging.rabbit import RabbitBus

from performance.gateway_world import Issuer, Server, gateway_environment, serving
from performance.stack import say

LISTENERS = 5000
AT_ONCE = 100
CHANGES = 20
HELD_SECONDS = 30.0
# Younger than the gateway believes an unfinished job without asking.
RENEWED_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
SLOW = 50
FLOOD = 3000


class Watcher(asyncio.Protocol):
    """One open stream. Notes the newest version it was sent, and tells whoever waits for one."""

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd = crowd
        self._request = request
        self.seen = 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asks for the stream."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport
            transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Looks for the last event in what came."""
        _, found, rest = data.rpartition(b"\nid: ")
        if found:
            self.seen = int(rest.partition(b"\n")[0])
            self._crowd.heard(self)

    def connection_lost(self, _exc: Exception | None) -> None:
        """A stream that ends is a listener lost."""
        self._crowd.lost += 1


class Crowd:
    """Everybody who watches one job."""

    def __init__(self, port: int, path: str, token: str) -> None:
        self._port = port
        # As browsers and phones ask; a stream that was compressed could not be seen live.
        self._request = (
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
            f"Accept-Encoding: gzip\r\nAuthorization: Bearer {token}\r\n\r\n"
        ).encode()
        self.watchers: list[Watcher] = []
        self.lost = 0
        self._version = 0
        self._missing = 0
        self._all = asyncio.Event()

    async def grow(self, size: int) -> None:
        """Connects until so many have been sent something."""
        loop = asyncio.get_running_loop()
        while len(self.watchers) < size:
            number = min(AT_ONCE, size - len(self.watchers))
            made = await asyncio.gather(
                *(
                    loop.create_connection(
                        lambda: Watcher(self, self._request), "127.0.0.1", self._port
                    )
                    for _ in range(number)
                )
            )
            self.watchers += [watcher for _, watcher in made]
            await self.all_have(1)

    async def all_have(self, version: int) -> None:
        """Returns when everybody has been sent this version."""
        self._version = version
        self._missing = sum(watcher.seen < version for watcher in self.watchers)
        self._all.clear()
        if self._missing:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._all.wait()

    def heard(self, watcher: Watcher) -> None:
        """One more has the version that is waited for."""
        if watcher.seen >= self._version:
            self._missing -= 1
            if self._missing <= 0:
                self._all.set()

    def close(self) -> None:
        """Hangs up."""
        for watcher in self.watchers:
            if watcher.transport is not None:
                watcher.transport.abort()


@dataclass(slots=True)
class Job:
    """A job that changes when it is told to."""

    bus: RabbitBus
    owner: str
    id: UUID
    version: int = 0

    async def change(self) -> int:
        """One more version; published as the session service publishes it."""
        self.version += 1
        await self.say_again()
        return self.version

    async def say_again(self) -> None:
        """The same version, so that nobody takes it for forgotten."""
        snapshot = JobSnapshot(
            id=self.id,
            status="processing",
            stage="speaking",
            progress=min(0.9, self.version / 10_000),
            session_id=self.id,
            created_at=datetime.now(UTC),
            version=max(1, self.version),
            counts={"reads": 8, "reused": 2},
        )
        event = JobChanged(owner_user_id=self.owner, job=snapshot)
        await self.bus.publish(wrap(event, producer="session", correlation_id=uuid4().hex))


async def streams(
    stack: dict[str, Any], issuer: Issuer, prefix: str, folder: Path, size: int = LISTENERS
) -> dict[str, Any]:
    """Figures of one gateway process full of listeners."""
    _allow_files(size + 500)
    environment = gateway_environment(
        stack, issuer, MAX_LISTENERS=str(size + SLOW), MAX_LISTENERS_PER_USER=str(size + SLOW)
    )
    bus = RabbitBus(stack["infrastructure"]["rabbitmq"]["urls"]["ab-session"], "session")
    await bus.start()
    try:
        async with serving("ab_gateway", environment, folder / "streams.log") as gateway:
            user = f"user_{uuid4().hex}"
            job = Job(bus, prefix + user, uuid4())
            path = f"/v1/jobs/{job.id}/events"
            return await _measured(gateway, job, path, issuer.token(user), size)
    finally:
        await bus.close()


async def _measured(gateway: Server, job: Job, path: str, token: str, size: int) -> dict[str, Any]:
    process = psutil.Process(gateway.process.pid)
    crowd = Crowd(gateway.port, path, token)
    await job.change()
    renewing = asyncio.create_task(_renew(job))
    try:
        # What the first few make the process load for good is not theirs.
        await crowd.grow(AT_ONCE)
        slow = await _flooded(gateway, process, crowd, job, path, token)
        before, connected = process.memory_full_info().uss, time.perf_counter()
        say(f"connecting {size} event streams")
        await crowd.grow(size)
        connecting = time.perf_counter() - connected
        memory = (process.memory_full_info().uss - before) / (size - AT_ONCE)
        last = [await _heard_by_all(crowd, job) for _ in range(CHANGES)]
        say(f"holding them for {HELD_SECONDS:.0f} s")
        idle = process.cpu_times()
        await asyncio.sleep(HELD_SECONDS)
        busy = process.cpu_times()
        share = (busy.user + busy.system - idle.user - idle.system) / HELD_SECONDS
        lost = crowd.lost
    finally:
        renewing.cancel()
        crowd.close()
    return {
        "listeners": size,
        "listeners_lost": lost,
        "kib_per_listener": round(memory / 1024, 1),
        "connected_per_s": round((size - AT_ONCE) / connecting),
        "event_to_last_listener_ms": {
            "p50": round(sorted(last)[len(last) // 2] * 1000, 1),
            "max": round(max(last) * 1000, 1),
        },
        "cpu_share_while_silent": round(share, 3),
        "kib_per_slow_listener": slow,
    }


async def _renew(job: Job) -> None:
    while True:
        await asyncio.sleep(RENEWED_SECONDS)
        await job.say_again()


async def _heard_by_all(crowd: Crowd, job: Job) -> float:
    started = time.perf_counter()
    version = await job.change()
    await crowd.all_have(version)
    return time.perf_counter() - started


async def _flooded(
    gateway: Server, process: psutil.Process, crowd: Crowd, job: Job, path: str, token: str
) -> float:
    """What one more takes who reads nothing while much happens, in KiB; the others hear it all."""
    before = process.memory_full_info().uss
    deaf = [await _deaf(gateway.port, path, token) for _ in range(SLOW)]
    say("flooding listeners who do not read")
    for _ in range(FLOOD):
        await job.change()
    await crowd.all_have(job.version)
    growth = (process.memory_full_info().uss - before) / SLOW
    for one in deaf:
        one.close()
    return round(growth / 1024, 1)


async def _deaf(port: int, path: str, token: str) -> socket.socket:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.settimeout(0)
    await asyncio.get_running_loop().sock_connect(one, ("127.0.0.1", port))
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    await asyncio.get_running_loop().sock_sendall(one, head.encode())
    return one


def _allow_files(number: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard), hard))
