"""``python -m performance.gateway``: the gateway beside a monolith; one JSON object at the end.

Every variant is one process on this machine, loaded by wrk over 32 connections. They take turns in
short rounds and the medians of the rounds are compared, because a machine is never quite quiet.

Warm: a few hundred callers come again and again, each for their own session. Cold: every request
carries a token that was never seen before, and asks for a session that was never asked for; the
process itself runs and knows the issuer's key. New user: auth has never heard of the caller
either and makes them, which the monolith does not do. Then overload, and event streams by the
thousand.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import statistics
import sys
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from performance.gateway_overload import CROWD, RATE_LIMIT, Reads, overload
from performance.gateway_streams import streams
from performance.gateway_world import (
    Issuer,
    Server,
    free_port,
    gateway_environment,
    monolith_environment,
    publishing,
    seed,
    seed_users,
    serving,
)
from performance.gateway_wrk import Load, Run
from performance.stack import OwnStack, say

STATE = Path(".local/bench-gateway")
CALLERS = 256
# More than anybody serves in one run: a list that ended early would be counted as idle time.
COLD_A_SECOND = 1500
MOST_REFUSED = 0.01
RATIOS = {
    "read_over_monolith": "read",
    "read_cold_over_monolith": "read_cold",
    "read_new_user_over_monolith": "read_new_user",
    "entitlement_over_monolith": "entitlement",
    "list_over_monolith": "list",
    "health_over_plain_fastapi": "health",
}


@dataclass(frozen=True, slots=True)
class Bench:
    """Where everything is."""

    stack: dict[str, Any]
    issuer: Issuer
    load: Load
    folder: Path
    seconds: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Callers:
    """Lists of requests of callers who come again."""

    lists: dict[str, Path]
    prefix: str


class Ledger:
    """Runs of each variant, and what processor time its process took."""

    def __init__(self) -> None:
        self._runs: defaultdict[str, list[tuple[Run, float]]] = defaultdict(list)

    def add(self, variant: str, run: Run, processor: float) -> None:
        """One run; too many refused requests, which are quick, spoil it."""
        if run.refused + run.failed > run.requests * MOST_REFUSED:
            raise RuntimeError(f"{variant}: {run.refused} refused, {run.failed} failed")
        self._runs[variant].append((run, processor))

    def rate(self, variant: str) -> float:
        """Requests a second, the median of all rounds."""
        return statistics.median(run.rate for run, _ in self._runs[variant])

    def figures(self) -> dict[str, Any]:
        """Medians of each variant, and between which rates its rounds lay."""
        return {
            variant: {
                "requests_per_s": round(self.rate(variant)),
                "lowest": round(min(run.rate for run, _ in runs)),
                "highest": round(max(run.rate for run, _ in runs)),
                "p50_ms": round(statistics.median(run.p50_ms for run, _ in runs), 2),
                "p99_ms": round(statistics.median(run.p99_ms for run, _ in runs), 2),
                "not_served": sum(run.refused + run.failed for run, _ in runs),
                "process_cpu_us_per_request": round(
                    statistics.median(used / run.requests for run, used in runs) * 1e6
                ),
            }
            for variant, runs in self._runs.items()
        }


async def measured(bench: Bench, server: Server, requests: Path, *options: str) -> Any:
    """One run, with the processor seconds that the server's process took for it."""
    process = psutil.Process(server.process.pid)
    before = process.cpu_times()
    run = await bench.load.run(server.url, requests, bench.seconds, *options)
    after = process.cpu_times()
    return run, after.user + after.system - before.user - before.system


async def callers(bench: Bench, gateway: Server) -> Callers:
    """Callers with a session each, and what they ask for."""
    names = [f"user_{secrets.token_hex(8)}" for _ in range(CALLERS)]
    tokens = {name: bench.issuer.token(name) for name in names}
    subject, token = next(iter(tokens.items()))
    async with httpx.AsyncClient(base_url=gateway.url, timeout=30) as client:
        headers = {"Authorization": f"Bearer {token}"}
        me = (await client.get("/v1/me", headers=headers)).raise_for_status().json()
    # How an issuer's users are called inside is the gateway's to say.
    prefix = str(me["id"]).removesuffix(subject)
    ids = await seed(bench.stack, [prefix + name for name in tokens])
    write, held = bench.load.write, list(tokens.values())
    reads = [(f"/v1/sessions/{i}", t) for i, t in zip(ids, held, strict=True)]
    lists = {
        "health": write("health", [("/v1/health", "")]),
        "read": write("read", reads),
        "entitlement": write("entitlement", [("/v1/me/entitlement", t) for t in held]),
        "list": write("list", [("/v1/sessions", t) for t in held]),
    }
    return Callers(lists, prefix)


async def strangers(bench: Bench, prefix: str, *, new: bool = False) -> Path:
    """Reads of users' own sessions, with tokens and sessions that nobody has seen.

    ``new`` users have never been here at all, so that auth makes each of them besides.
    """
    several = round(COLD_A_SECOND * bench.seconds)
    subjects = [f"user_{secrets.token_hex(8)}" for _ in range(several)]
    if not new:
        await seed_users(bench.stack, bench.issuer.url, prefix, subjects)
    ids = await seed(bench.stack, [prefix + subject for subject in subjects])
    tokens = (bench.issuer.token(subject) for subject in subjects)
    reads = [(f"/v1/sessions/{i}", t) for i, t in zip(ids, tokens, strict=True)]
    return bench.load.write("new" if new else "cold", reads)


async def the_same(known: Callers, servers: dict[str, Server]) -> None:
    """Raises unless both answer the same JSON, but for what signing makes different."""
    async with httpx.AsyncClient(timeout=30) as client:
        for name in ("read", "entitlement", "list"):
            path, token = known.lists[name].read_text().splitlines()[0].split("\t")
            headers = {"Authorization": f"Bearer {token}"}
            bodies = []
            for side in ("gateway", "monolith"):
                answer = await client.get(servers[side].url + path, headers=headers)
                body = answer.raise_for_status().json()
                body.get("audio", {}).pop("affirmationsMergedUrl", None)
                bodies.append(body)
            # Additions to a page (a cursor) are no difference.
            ours, theirs = bodies
            if {**ours, **theirs} != ours:
                raise RuntimeError(f"{name}: the monolith answers something else")


async def compare(bench: Bench) -> tuple[dict[str, Any], str]:
    """All variants in turn; also what the ids of the issuer's users begin with inside."""
    async with AsyncExitStack() as stack:
        log, environment = bench.folder, gateway_environment(bench.stack, bench.issuer)
        gateway = await stack.enter_async_context(
            serving("ab_gateway", environment, log / "gateway.log")
        )
        known = await callers(bench, gateway)
        environment = monolith_environment(bench.stack, bench.issuer, known.prefix)
        module = "performance.gateway_monolith"
        monolith = await stack.enter_async_context(
            serving(module, environment, log / "monolith.log")
        )
        plain = await stack.enter_async_context(
            serving(module, environment, log / "plain.log", "plain")
        )
        servers = {"gateway": gateway, "monolith": monolith}
        await the_same(known, servers)
        ledger = Ledger()
        for number in range(-1, bench.rounds):
            say(f"round {number + 1} of {bench.rounds}" if number >= 0 else "warming up")
            kept = ledger if number >= 0 else Ledger()
            await one_round(bench, known, {**servers, "plain": plain}, kept, number)
    over = {
        title: round(ledger.rate(f"gateway_{name}") / ledger.rate(f"{other(name)}_{name}"), 2)
        for title, name in RATIOS.items()
    }
    return {**over, "variants": ledger.figures()}, known.prefix


def other(name: str) -> str:
    """Which server a variant of the gateway is held against."""
    return "plain" if name == "health" else "monolith"


async def one_round(
    bench: Bench, known: Callers, servers: dict[str, Server], ledger: Ledger, number: int
) -> None:
    """Every variant once; who comes first changes from round to round."""
    once = {
        "read_cold": await strangers(bench, known.prefix),
        "read_new_user": await strangers(bench, known.prefix, new=True),
    }
    for name in RATIOS.values():
        sides = ["gateway", other(name)][:: 1 if number % 2 else -1]
        for side in sides:
            requests, options = (once[name], ["once"]) if name in once else (known.lists[name], [])
            run, processor = await measured(bench, servers[side], requests, *options)
            ledger.add(f"{side}_{name}", run, processor)


async def crowded(bench: Bench, prefix: str) -> dict[str, Any]:
    """What overload does to a gateway with a rate limit."""
    port = free_port()
    limit = {"RATE_LIMIT_PER_MINUTE": str(RATE_LIMIT), "INTERNAL_HTTP_PORT": str(port)}
    environment = gateway_environment(bench.stack, bench.issuer, **limit)
    subjects = [f"user_{secrets.token_hex(8)}" for _ in range(CROWD + 1)]
    ids = await seed(bench.stack, [prefix + subject for subject in subjects])
    reads = [
        (f"/v1/sessions/{i}", bench.issuer.token(s)) for i, s in zip(ids, subjects, strict=True)
    ]
    async with serving("ab_gateway", environment, bench.folder / "overload.log") as gateway:
        return await overload(bench.load, gateway, port, Reads(reads[1:], reads[0]))


async def measure(stack: dict[str, Any], folder: Path, seconds: float, rounds: int) -> Any:
    """Every figure."""
    with publishing() as issuer:
        bench = Bench(stack, issuer, Load(folder / "lists"), folder, seconds, rounds)
        compared, prefix = await compare(bench)
        say("overload")
        overloaded = await crowded(bench, prefix)
        streamed = await streams(stack, issuer, prefix, folder)
        return {**compared, "overload": overloaded, "event_streams": streamed}


def main() -> int:
    """On a stack of its own, or on one that runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", type=Path, help="stack.json of a stack that runs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of each run")
    chosen = parser.parse_args()
    how = (STATE / "work", chosen.seconds, chosen.rounds)
    if chosen.stack:
        stack = json.loads(chosen.stack.read_text(encoding="utf-8"))
        figures = asyncio.run(measure(stack, *how))
    else:
        with OwnStack(STATE) as own:
            figures = asyncio.run(measure(own.description, *how))
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
