"""``python -m performance.telemetry``: what telemetry costs; one JSON object at the end.

Three stacks from this code run beside each other: one tells nobody anything, two send a tenth and
all of their traces to a collector and have their metrics scraped. They take turns in many short
rounds, as a machine's pace changes by the minute; each round gives a ratio to the silent one of the
same round, and the median of those is wanted to be at least 0.9.

``read``: a session from the gateway's cache, by wrk. ``create``: sessions of lines that are spoken
already, request by request through all services. ``sessions``: new lines from request to track.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import psutil
from ab_client.api import ApiClient
from failures.private_stack import PrivateStack
from simulators.otlp import collecting

from performance.gateway_wrk import Load
from performance.main_job import fresh_lines, run, sign_up, stems_made
from performance.stack import OwnStack, say

STATE = Path(".local/bench-telemetry")
SILENT = "off"
SHARES = {"tenth": "0.1", "all": "1.0"}
LISTENERS, CREATORS, SPEAKERS = 16, 8, 6
SCRAPE_SECONDS, WANTED = 5.0, 0.9
# New lines take seconds each: so much longer, and in every so-manieth round.
LONGER = 4
UNHINDERED = "100000000"
LIMITS = ("RATE_LIMIT_PER_MINUTE", "RATE_LIMIT_CREATE_PER_MINUTE", "FREE_DAILY_GENERATIONS")
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}


@dataclass(frozen=True, slots=True)
class Side:
    """One stack under load."""

    name: str
    stack: dict[str, Any]
    load: Load
    clients: list[ApiClient]
    lines: list[str]
    reads: Path

    @property
    def url(self) -> str:
        """Its public API."""
        return str(self.stack["gateway_url"])

    def processor_seconds(self) -> float:
        """What all of its services have used so far."""
        times = [psutil.Process(int(one["pid"])).cpu_times() for one in _services(self.stack)]
        return sum(each.user + each.system for each in times)


def _token(client: ApiClient) -> str:
    return str(client.authorization).removeprefix("Bearer ")


def _services(stack: dict[str, Any]) -> list[dict[str, Any]]:
    return list(stack["services"].values())


@dataclass(slots=True)
class Ledger:
    """Rates a second and processor time for each piece of work, by measure and side."""

    rates: defaultdict[str, defaultdict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    costs: defaultdict[str, defaultdict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def figures(self) -> dict[str, Any]:
        """Medians, and medians of what each side does of what the silent one does."""
        return {measure: self._figures(measure) for measure in self.rates}

    def _figures(self, measure: str) -> dict[str, Any]:
        rates, costs = self.rates[measure], self.costs[measure]
        return {
            "ratio": {side: _beside(some, rates[SILENT]) for side, some in rates.items()},
            "processor_ratio": {side: _beside(some, costs[SILENT]) for side, some in costs.items()},
            "per_second": {side: round(median(some), 2) for side, some in rates.items()},
            "processor_ms_each": {
                side: round(median(some) * 1000, 3) for side, some in costs.items()
            },
            "rounds": {side: [round(r, 1) for r in some] for side, some in rates.items()},
        }


def _beside(some: list[float], silent: list[float]) -> float:
    """The median of ratios, round by round."""
    return round(median(one / other for one, other in zip(some, silent, strict=True)), 3)


async def prepared(name: str, stack: dict[str, Any], folder: Path) -> Side:
    """Users with a session each, all of the same lines, which are spoken once."""
    PrivateStack(folder.parent).forget_stems()
    clients = [await sign_up(str(stack["gateway_url"])) for _ in range(LISTENERS)]
    lines = fresh_lines()
    sessions = [(await run(client, lines)).job.session_id for client in clients]
    await stems_made(stack)
    load = Load(folder)
    tokens = [_token(client) for client in clients]
    asked = [(f"/v1/sessions/{i}", t) for i, t in zip(sessions, tokens, strict=True)]
    return Side(name, stack, load, clients, lines, load.write("reads", asked))


@asynccontextmanager
async def scraped(side: Side) -> AsyncIterator[None]:
    """Somebody reads the metrics of all its services now and then; nobody does of the silent."""

    async def scrape() -> None:
        async with httpx.AsyncClient(headers=OPENMETRICS) as client:
            while True:
                for one in _services(side.stack):
                    await client.get(f"{one['url']}/metrics")
                await asyncio.sleep(SCRAPE_SECONDS)

    task = None if side.name == SILENT else asyncio.create_task(scrape())
    try:
        yield
    finally:
        if task is not None:
            if task.done():
                task.result()
            task.cancel()


async def read(side: Side, seconds: float) -> float:
    """Answers that wrk got."""
    found = await side.load.run(side.url, side.reads, seconds)
    if found.refused or found.failed:
        raise RuntimeError(f"{side.name}: {found.refused} refused, {found.failed} failed")
    return found.requests


async def create(side: Side, seconds: float) -> float:
    """Sessions that were created, by callers who wait for nothing but the answer."""
    until, made = time.perf_counter() + seconds, 0
    draft = {"title": "Bench", "affirmations": side.lines, "voiceId": "nova"}

    async def caller(client: httpx.AsyncClient, token: str) -> None:
        nonlocal made
        headers = {"Authorization": f"Bearer {token}"}
        while time.perf_counter() < until:
            body = {**draft, "localDraftId": str(uuid4())}
            answer = await client.post("/v1/sessions", json=body, headers=headers)
            answer.raise_for_status()
            made += 1

    tokens = [_token(one) for one in side.clients[:CREATORS]]
    async with httpx.AsyncClient(base_url=side.url, timeout=30, trust_env=False) as client:
        await asyncio.gather(*(caller(client, token) for token in tokens))
    return made


async def sessions(side: Side, seconds: float) -> float:
    """Sessions of new lines that were ready; the rate runs to the end of the last."""
    until, ready = time.perf_counter() + seconds, 0

    async def listener(client: ApiClient) -> None:
        nonlocal ready
        while time.perf_counter() < until:
            await run(client, fresh_lines())
            ready += 1

    await asyncio.gather(*(listener(client) for client in side.clients[:SPEAKERS]))
    return ready


Measures: TypeAlias = dict[str, tuple[Callable[[Side, float], Awaitable[float]], float]]


async def one_round(sides: list[Side], measures: Measures, ledger: Ledger, number: int) -> None:
    """Every measure on every side; who comes first changes from round to round."""
    turn = number % len(sides)
    for measure, (work, seconds) in measures.items():
        for side in sides[turn:] + sides[:turn]:
            async with scraped(side):
                before, began = side.processor_seconds(), time.perf_counter()
                done = await work(side, seconds)
                took = time.perf_counter() - began
                used = side.processor_seconds() - before
            ledger.rates[measure][side.name].append(done / took)
            ledger.costs[measure][side.name].append(used / done)


async def measured(chosen: argparse.Namespace, stacks: dict[str, dict[str, Any]]) -> Ledger:
    """All rounds, after one that warms up."""
    folders = {name: chosen.state / name / secrets.token_hex(4) for name in stacks}
    sides = [await prepared(name, stack, folders[name]) for name, stack in stacks.items()]
    quick: Measures = {"read": (read, chosen.seconds), "create": (create, chosen.seconds)}
    measures: Measures = {**quick, "sessions": (sessions, chosen.seconds * LONGER)}
    ledger = Ledger()
    for number in range(-1, chosen.rounds):
        say(f"round {number + 1} of {chosen.rounds}" if number >= 0 else "warming up")
        turn = measures if number % LONGER == 0 else quick
        await one_round(sides, turn, ledger if number >= 0 else Ledger(), number)
    for side in sides:
        for client in side.clients:
            await client.__aexit__(None, None, None)
    return ledger


def main() -> int:
    """0 where every ratio of rates is at least what is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, default=STATE, help="folder of the stacks")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=4, help="of each run; new lines: longer")
    parser.add_argument("--shares", nargs="+", choices=[*SHARES], default=[*SHARES])
    chosen = parser.parse_args()
    unhindered = dict.fromkeys(LIMITS, UNHINDERED)
    with collecting(counting=True) as collector:
        settings = {
            name: {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_TRACES_SAMPLE_RATIO": share}
            for name, share in SHARES.items()
            if name in chosen.shares
        }
        figures = asyncio.run(_on_stacks(chosen, {SILENT: {}, **settings}, unhindered))
        sent = {"requests": collector.requests, "bytes": collector.bytes}
    found = {
        "lowest_ratio": min(r for one in figures.values() for r in one["ratio"].values()),
        "wanted": WANTED,
        **figures,
        "collector": sent,
        "load_average": os.getloadavg(),
    }
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0 if found["lowest_ratio"] >= WANTED else 1


async def _on_stacks(
    chosen: argparse.Namespace, settings: dict[str, dict[str, str]], common: dict[str, str]
) -> dict[str, Any]:
    async with AsyncExitStack() as running:
        stacks = {}
        for name, own in settings.items():
            stack = OwnStack(chosen.state / name, settings={**common, **own})
            stacks[name] = running.enter_context(stack).description
        return (await measured(chosen, stacks)).figures()


if __name__ == "__main__":
    sys.exit(main())
