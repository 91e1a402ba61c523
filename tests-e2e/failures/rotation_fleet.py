"""Six services on servers of their own, each of which can be rolled to another environment.

A roll is what an orchestrator does: the next process is ready before the last one is told to end,
which says on /readyz that it leaves before it stops listening.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
from ab_local.credentials import Credentials
from ab_local.layout import Layout, read_json
from ab_local.services import SERVICES, migration_environment, service_environment
from ab_local.stack import Stack
from failures.actor import Actor, free_port
from failures.troupe import eventually, finish, have_stems

ORDER = ("entitlement", "auth", "tts", "stitching", "session", "gateway")
START_SECONDS, DRAIN_SECONDS = 240.0, 60.0
# Longer than the balancer of the load takes to look, on a machine that has no time too.
UNREADY_SECONDS = "5"


class Fleet:
    """The servers, what each service runs with now, and its process."""

    def __init__(self, state: Path) -> None:
        self.layout = Layout(state, "rotation")
        ports = {name: int(port) for name, port in read_json(self.layout.ports).items()}
        self.stack = Stack(self.layout, ports, Credentials(self.layout.credentials))
        self.description: dict[str, Any] = read_json(self.layout.stack)
        self.environments = {
            service.name: service_environment(self.stack, service, service.name)
            for service in SERVICES
        }
        self.environments["gateway"] |= {"UNREADY_SECONDS": UNREADY_SECONDS}
        self.environments["stitching"] |= {"STITCHING_THREADS": "1"}
        self.actors: dict[str, Actor] = {}
        self.figures: list[dict[str, int]] = []
        self._numbers = itertools.count(1)

    @property
    def gateways(self) -> list[Actor]:
        """The gateway processes that run, two of them while it is rolled."""
        found = list(self.actors.values())
        return [actor for actor in found if actor.service == "gateway" and actor.running]

    def start(self) -> None:
        """Brings the databases up to date and starts every service once."""
        with_database = [service for service in SERVICES if service.database]
        running = [
            subprocess.Popen(
                [sys.executable, "-m", f"ab_{service.name}", "migrate"],
                env=migration_environment(self.stack, service),
            )
            for service in with_database
        ]
        codes = [process.wait(START_SECONDS) for process in running]
        if any(codes):
            raise RuntimeError("a migration failed")
        finish(lambda: have_stems(self.owner_url("stitching")))
        first = [self._next(name, {}) for name in ORDER]
        for actor in first:
            actor.wait_ready(START_SECONDS)
        finish(lambda: eventually(self._knows_stems, START_SECONDS))

    async def roll(self, service: str, **changes: str | None) -> None:
        """Replaces the process of a service by one with ``changes``; None takes a variable away."""
        last = [
            actor for actor in self.actors.values() if actor.service == service and actor.running
        ]
        following = self._next(service, changes)
        await asyncio.to_thread(following.wait_ready, START_SECONDS)
        for actor in last:
            actor.signal(signal.SIGTERM)
        for actor in last:
            code = await asyncio.to_thread(actor.wait_ended, DRAIN_SECONDS)
            assert code == 0, f"{actor.name} ended with {code}:\n{actor.tail()}"
            del self.actors[actor.name]

    def owner_url(self, service: str) -> str:
        """The database of a service, with the owner's rights."""
        return self.stack.database_url(f"ab_{service}_owner", service)

    async def rows(self, url: str, query: str, *arguments: object) -> list[dict[str, Any]]:
        """What a query finds."""
        connection = await asyncpg.connect(url)
        try:
            return [dict(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    async def admin(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        """The same as the database's administrator."""
        url = str(self.description["infrastructure"]["postgres"]["admin_url"])
        return await self.rows(url, query, *arguments)

    async def operator(self, *command: str, says: int = 0) -> str:
        """Runs ``ab operator``; what it printed. ``says`` is the exit code it must have."""
        code, said = await self.try_operator(*command)
        assert code == says, said
        return said

    async def try_operator(self, *command: str) -> tuple[int, str]:
        """Runs ``ab operator``; its exit code and what it printed, complaints last."""
        stack = ("--stack", str(self.layout.stack))
        # Beside the load, which would stand still with this thread.
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "ab_operator", *stack, *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, "COLUMNS": "250"},
        )
        return done.returncode, done.stdout + done.stderr

    def close(self) -> None:
        """Ends every process."""
        for actor in self.actors.values():
            actor.kill()

    def _next(self, service: str, changes: dict[str, str | None]) -> Actor:
        environment = self.environments[service]
        for name, value in changes.items():
            if value is None:
                environment.pop(name, None)
            else:
                environment[name] = value
        own = {"INTERNAL_HTTP_PORT": str(free_port()), "PORT": str(free_port())}
        name = f"{service}-{next(self._numbers)}"
        actor = Actor(name, service, environment | own, self.layout.state / "log")
        self.actors[name] = actor
        actor.start()
        return actor

    async def _knows_stems(self) -> bool:
        query = "SELECT count(asset) = count(*) AND count(*) > 0 AS made FROM stems"
        return bool((await self.rows(self.owner_url("session"), query))[0]["made"])


def _local(state: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ab_local", "--state", str(state), *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )


def _tell(figures: list[dict[str, int]]) -> None:
    """One line of JSON for whoever runs this with ``pytest -s``."""
    total = {name: sum(one[name] for one in figures) for name in ("requests", "failed")}
    sys.stdout.write(json.dumps({"rotations": len(figures), **total}) + "\n")


@contextlib.contextmanager
def sailing() -> Iterator[Fleet]:
    """A fleet on fresh servers; everything is stopped and forgotten at the end."""
    # Not under pytest's own folder: the database's user has to pass through.
    folder = Path(tempfile.mkdtemp(prefix="ab-rotation-"))
    folder.chmod(0o711)
    state = folder / "stack"
    try:
        started = _local(state, "up", "--infra-only", "--quiet")
        if started.returncode != 0:
            raise RuntimeError(f"the servers did not start:\n{started.stderr}")
        fleet = Fleet(state)
        try:
            fleet.start()
            yield fleet
        finally:
            fleet.close()
            _tell(fleet.figures)
    finally:
        _local(state, "down")
        shutil.rmtree(folder, ignore_errors=True)


def as_json(value: object) -> str:
    """A variable that holds JSON."""
    return json.dumps(value)
