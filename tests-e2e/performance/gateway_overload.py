"""Twice as much as the gateway can do, and one caller beyond their rate: what everybody gets.

A crowd offers twice the rate that 32 connections got answered just before. It is paced, so that it
does not wait for answers as a closed loop does: six hundred connections with a pause each.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from typing import Any

import httpx

from performance.gateway_world import Server
from performance.gateway_wrk import Load, Run
from performance.stack import say

CROWD = 1024
RATE_LIMIT = 600
CONNECTIONS = 600
SECONDS = 12
CALM_SECONDS = 4
PROBE_SECONDS = 0.1
GREEDY_CONNECTIONS, GREEDY_PAUSE_MS = 20, 100
SETTLE_SECONDS = 2.0
PATIENCE_SECONDS = 20.0
IN_WORK = re.compile(r"^http_server_active_requests (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reads:
    """What a crowd asks for, and what one greedy caller does."""

    crowd: list[tuple[str, str]]
    greedy: tuple[str, str]


async def overload(load: Load, gateway: Server, internal_port: int, reads: Reads) -> dict[str, Any]:
    """Calm, overload, calm again on one process whose rate limit is ``RATE_LIMIT`` a minute."""
    crowd = load.write("crowd", reads.crowd)
    greedy = load.write("greedy", [reads.greedy])
    await load.run(gateway.url, crowd, 2)
    before = await load.run(gateway.url, crowd, CALM_SECONDS)
    offered = 2 * before.rate
    pause = CONNECTIONS / offered * 1000
    say(f"offering {offered:.0f} requests a second, which is twice what was answered")
    paced = ["statuses", f"pace={pause:.0f}"]
    impatient = ["statuses", f"pace={GREEDY_PAUSE_MS}"]
    health, everybody, one = await asyncio.gather(
        _health(gateway.url),
        load.run(gateway.url, crowd, SECONDS, *paced, connections=CONNECTIONS),
        load.run(gateway.url, greedy, SECONDS, *impatient, connections=GREEDY_CONNECTIONS),
    )
    await asyncio.sleep(SETTLE_SECONDS)
    after = await load.run(gateway.url, crowd, CALM_SECONDS)
    return {
        "offered_per_s": round(offered),
        "crowd": _counts(everybody),
        "one_beyond_the_rate": _counts(one),
        "health": health,
        "calm_before": _calm(before),
        "calm_after": _calm(after),
        "in_work_after": await _in_work(internal_port),
    }


def _counts(run: Run) -> dict[str, float]:
    return {
        "answered_per_s": round(run.rate),
        "p50_ms": run.p50_ms,
        "p99_ms": run.p99_ms,
        "max_ms": run.max_ms,
        "ok": run.ok,
        "status_429": run.limited,
        "status_503": run.busy,
        "other_statuses": run.odd,
        "refusals_without_retry_after": run.bare,
        "never_answered": run.failed,
    }


def _calm(run: Run) -> dict[str, float]:
    return {
        "requests_per_s": round(run.rate),
        "p99_ms": run.p99_ms,
        "refused": run.refused,
        "failed": run.failed,
    }


async def _health(url: str) -> dict[str, float]:
    """Asks for the light all the while, on a connection of its own."""
    until, found, dark = time.perf_counter() + SECONDS, [], 0
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        while (started := time.perf_counter()) < until:
            try:
                lit = (await client.get("/v1/health")).is_success
            except httpx.HTTPError:
                lit = False
            dark += not lit
            found.append((time.perf_counter() - started) * 1000)
            await asyncio.sleep(PROBE_SECONDS)
    found.sort()
    p99 = found[min(len(found) - 1, len(found) * 99 // 100)]
    return {"asked": len(found), "not_answered": dark, "p99_ms": round(p99, 1)}


async def _in_work(port: int) -> float:
    """What is still in work once the last run's own requests have had time to end."""
    until = time.perf_counter() + PATIENCE_SECONDS
    async with httpx.AsyncClient() as client:
        while True:
            text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
            found = IN_WORK.search(text)
            left = float(found[1]) if found else -1.0
            if not left or time.perf_counter() > until:
                return left
            await asyncio.sleep(0.5)
