"""``python -m performance.purchases``: from a webhook to what the app sees; one JSON object.

Every purchase is bought at the made-up vendor, told by webhook, read from the vendor again and seen
by polling ``GET /v1/me/entitlement``. With a stack file in AB_TEST_STACK that stack is measured,
else one of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from ab_client.api import ApiClient
from simulators.revenuecat_control import Control

from performance.stack import OwnStack, say

STATE = Path(".local/bench-purchases")
USERS, ROUNDS = 10, 10
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 30.0


async def sees(user: ApiClient, plan: str) -> None:
    """Returns when the app sees this plan."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if (await user.entitlement()).plan == plan:
                return
            await asyncio.sleep(POLL_SECONDS)


async def turn(user: ApiClient, vendor: Control, me: str, action: str, plan: str) -> float:
    """Seconds from the action at the vendor until the app sees the plan."""
    started = time.perf_counter()
    await vendor.act(action, me)
    await sees(user, plan)
    return time.perf_counter() - started


async def measure(stack: dict[str, Any]) -> dict[str, Any]:
    """Users who turn pro and back, one after the other, then all at once."""
    async with Control(stack["simulators"]["revenuecat"]) as vendor:
        users = [ApiClient(stack["gateway_url"]) for _ in range(USERS)]
        ids: list[str] = []
        for user in users:
            await user.register(f"{secrets.token_hex(8)}@example.com", secrets.token_hex(12))
            ids.append((await user.me()).id)
        one, together = [], []
        for number in range(ROUNDS * 2):
            action, plan = [("purchase", "pro"), ("refund", "free")][number % 2]
            one.append(await turn(users[0], vendor, ids[0], action, plan))
        say("now all at once")
        for number in range(ROUNDS):
            action, plan = [("purchase", "pro"), ("refund", "free")][number % 2]
            turns = (
                turn(user, vendor, me, action, plan) for user, me in zip(users, ids, strict=True)
            )
            together += await asyncio.gather(*turns)
        for user in users:
            await user.__aexit__(None, None, None)
    return {"one_user": summary(one), f"{USERS}_users_at_once": summary(together)}


def summary(seconds: list[float]) -> dict[str, float]:
    """The middle, the slow end and the worst, in milliseconds."""
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return {
        "n": len(seconds),
        "p50_ms": round(cuts[9] * 1000, 1),
        "p95_ms": round(cuts[18] * 1000, 1),
        "max_ms": round(max(seconds) * 1000, 1),
    }


def main() -> int:
    """Prints the figures."""
    given = os.environ.get("AB_TEST_STACK")
    if given:
        figures = asyncio.run(measure(json.loads(Path(given).read_text())))
    else:
        with OwnStack(STATE) as stack:
            figures = asyncio.run(measure(stack.description))
    sys.stdout.write(json.dumps({"webhook_to_visible": figures}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
