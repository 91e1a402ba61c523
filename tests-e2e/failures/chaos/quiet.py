"""Waiting until nothing is left to do: no message on its way, no job alive."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import httpx
from failures.chaos.spy import Broker
from failures.chaos.stack import ChaosStack

LIVE_JOBS = "SELECT count(*) FROM jobs WHERE finished_at IS NULL"
UNSENT = "SELECT count(*) FROM outbox"
LOOK_SECONDS = 1.0
# The broker's counters lag by some seconds: quiet once is not quiet.
LOOKS_IN_A_ROW = 6


async def wait_for_quiet(stack: ChaosStack, within: float) -> bool:
    """Whether it became quiet; False when something is left after ``within`` seconds."""
    broker = Broker(stack.running.description)
    until, quiet = time.monotonic() + within, 0
    while quiet < LOOKS_IN_A_ROW:
        if time.monotonic() > until:
            return False
        quiet = quiet + 1 if await _is_quiet(stack, broker) else 0
        await asyncio.sleep(LOOK_SECONDS)
    return True


async def _is_quiet(stack: ChaosStack, broker: Broker) -> bool:
    try:
        waiting = await asyncio.to_thread(broker.waiting)
    except httpx.HTTPError:
        return False
    if any(count for queue, count in waiting.items() if not queue.endswith(".dead")):
        return False
    for database in stack.databases:
        connection = await asyncpg.connect(stack.database_url(database))
        try:
            left = await connection.fetchval(UNSENT)
            if database == "session":
                left += await connection.fetchval(LIVE_JOBS)
        finally:
            await connection.close()
        if left:
            return False
    return True
