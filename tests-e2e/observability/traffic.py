"""A minute of everybody's day, so that every metric has something to say.

``PYTHONPATH=tests-e2e .venv/bin/python -m observability.traffic`` starts a stack, drives it and
says how long each part took and which metrics moved; one JSON object comes last.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
from ab_client.api import ApiClient
from observability.catalogue import SELDOM, silent
from observability.listeners import leaving, listening, purchases, tracks, yesterday
from observability.observed import SCRAPE_SECONDS, Observed, running
from observability.scene import Scene, sign_up
from observability.troubles import doors, killed_worker, letters, vendors
from simulators.revenuecat_control import Control

PART_SECONDS = 240.0
PARTS: tuple[Callable[[Scene], Awaitable[None]], ...] = (
    tracks,
    listening,
    yesterday,
    purchases,
    leaving,
    # First of all trouble: what a process counted dies with it.
    killed_worker,
    vendors,
    doors,
    letters,
)


def drive(observed: Observed) -> None:
    """All of it, once; afterwards Prometheus has seen what came of it."""
    asyncio.run(_drive(observed))
    # Twice: what moved last is in both, so that rates of it exist.
    time.sleep(2 * SCRAPE_SECONDS + 1)


async def _drive(observed: Observed) -> None:
    simulators = observed.stack.description["simulators"]
    async with AsyncExitStack() as opened:
        http = await opened.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False))
        listener = await opened.enter_async_context(ApiClient(observed.stack.gateway_url))
        control = await opened.enter_async_context(Control(simulators["revenuecat"]))
        scene = Scene(observed, http, await sign_up(listener), control)
        for part in PARTS:
            began = time.monotonic()
            try:
                async with asyncio.timeout(PART_SECONDS):
                    await part(scene)
            except Exception as error:
                raise RuntimeError(f"the traffic's part '{part.__name__}' failed") from error
            observed.seconds[part.__name__] = round(time.monotonic() - began, 1)


def main() -> int:
    """The traffic by hand."""
    began = time.monotonic()
    with running() as observed:
        observed.seconds["start"] = round(time.monotonic() - began, 1)
        drive(observed)
        told = {
            "seconds": observed.seconds,
            "total_seconds": round(time.monotonic() - began, 1),
            "names": len(observed.names()),
            "without_a_sample": sorted(silent(observed.names())),
            "that_may_be": sorted(SELDOM),
        }
        sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
