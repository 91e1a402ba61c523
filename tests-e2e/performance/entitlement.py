"""``python -m performance.entitlement``: what looking at one's rights costs, beside a bare select.

Cold: entitlement has just changed, so the gateway asks. Warm: nothing changed since the last look.
Both in the same run as a primary-key select by asyncpg, by which they are divided.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from ab_shared.contracts.usage import CorrectQuota
from ab_shared.messaging.rabbit import RabbitBus

from performance.main_job import sign_up
from performance.quota_race import id_of, settled
from performance.stack import OwnStack, say

STATE = Path(".local/entitlement")
LOOKS = 300
COLD_LOOKS = 60
SELECT = "SELECT version FROM accounts WHERE user_id = $1"


async def timed(look: Callable[[], Awaitable[Any]], times: int) -> list[float]:
    """Milliseconds of each of so many looks, one after the other."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        await look()
        found.append((time.perf_counter() - started) * 1000)
    return found


async def cold_looks(http: httpx.AsyncClient, bus: RabbitBus, user_id: str) -> list[float]:
    """Looks after a change, as soon as the answer says so: they asked entitlement."""
    found = []
    for number in range(COLD_LOOKS):
        request = CorrectQuota(
            request_id=uuid4(),
            user_id=user_id,
            amount=1 if number % 2 else -1,
            reason="a measurement",
            actor="bench",
        )
        await bus.call(request)
        # The news is on its way: a look that comes before it would be warm.
        await asyncio.sleep(0.1)
        found += await timed(lambda: http.get("/v1/me/entitlement"), 1)
    return found


async def measure(stack: dict[str, Any]) -> dict[str, Any]:
    """All three in turn."""
    url, infrastructure = str(stack["gateway_url"]), stack["infrastructure"]
    bus = RabbitBus(infrastructure["rabbitmq"]["urls"]["ab-operator"], "operator")
    await bus.start()
    database = await asyncpg.connect(infrastructure["postgres"]["databases"]["entitlement"]["url"])
    async with await sign_up(url) as user:
        headers = {"Authorization": str(user.authorization)}
        user_id = await id_of(url, str(user.authorization))
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as http:
            say("a bare select, then cold looks, then warm ones")
            await timed(lambda: database.fetchrow(SELECT, user_id), LOOKS)
            select = await timed(lambda: database.fetchrow(SELECT, user_id), LOOKS)
            cold = await cold_looks(http, bus, user_id)
            await http.get("/v1/me/entitlement")
            warm = await timed(lambda: http.get("/v1/me/entitlement"), LOOKS)
            health = await timed(lambda: http.get("/v1/health"), LOOKS)
    await database.close()
    await bus.close()
    rows = {"select": select, "cold": cold, "warm": warm, "health": health}
    middle = {name: statistics.median(times) for name, times in rows.items()}
    return {
        "p50_ms": {name: round(value, 3) for name, value in middle.items()},
        "p95_ms": {name: round(percentile(times, 95), 3) for name, times in rows.items()},
        "cold_by_select": round(middle["cold"] / middle["select"], 1),
        "warm_by_select": round(middle["warm"] / middle["select"], 1),
        "warm_by_health": round(middle["warm"] / middle["health"], 2),
    }


async def on_a_fresh_stack(stack: dict[str, Any]) -> dict[str, Any]:
    """The same once the stack has come to rest."""
    await settled(stack)
    return await measure(stack)


def percentile(times: list[float], share: int) -> float:
    """By the nearest rank."""
    return sorted(times)[min(len(times) - 1, len(times) * share // 100)]


def main() -> int:
    """On a stack of its own, or on one that runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", type=Path, help="stack.json of a stack that runs")
    path = parser.parse_args().stack
    if path:
        figures = asyncio.run(measure(json.loads(path.read_text(encoding="utf-8"))))
    else:
        with OwnStack(STATE) as own:
            figures = asyncio.run(on_a_fresh_stack(own.description))
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
