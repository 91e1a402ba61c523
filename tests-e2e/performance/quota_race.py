"""``python -m performance.quota_race``: many creates at once by one free user; one JSON object.

The request limiter is off, two generations a day are free. Each repetition has a user of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from ab_shared.contracts.usage import Quota, ShowQuota
from ab_shared.messaging.rabbit import RabbitBus

from performance.main_job import run, sign_up, stems_made
from performance.stack import OwnStack, say

STATE = Path(".local/quota-race")
FREE = 2
LINES = ["I breathe slowly", "I rest deeply"]
ANSWER_SECONDS = 60.0
# The gateway's own bound on work at once would answer 503 before anybody looked at a quota.
ENVIRONMENT = {"FREE_DAILY_GENERATIONS": str(FREE), "MAX_CONCURRENT_REQUESTS": "1000"}


async def crowd(url: str, authorization: str, creates: int) -> tuple[Counter[str], float]:
    """Sends so many different creates at once; answers by status and code, and the seconds."""
    limits = httpx.Limits(max_connections=creates, max_keepalive_connections=0)
    headers = {"Authorization": authorization}
    async with httpx.AsyncClient(
        base_url=url, headers=headers, limits=limits, timeout=ANSWER_SECONDS
    ) as client:

        async def create() -> str:
            body = {
                "localDraftId": str(uuid4()),
                "title": "Race",
                "affirmations": LINES,
                "voiceId": "nova",
            }
            answer = await client.post("/v1/sessions", json=body)
            return f"{answer.status_code} {answer.json().get('code', '')}".strip()

        started = time.perf_counter()
        answers = Counter(await asyncio.gather(*(create() for _ in range(creates))))
        return answers, time.perf_counter() - started


async def id_of(url: str, authorization: str) -> str:
    """Who that is to the services."""
    headers = {"Authorization": authorization}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=ANSWER_SECONDS) as client:
        return str((await client.get("/v1/me")).json()["id"])


async def quota_of(stack: dict[str, Any], user_id: str) -> Quota:
    """A user's day as an operator sees it."""
    url = stack["infrastructure"]["rabbitmq"]["urls"]["ab-operator"]
    bus = RabbitBus(url, "operator")
    await bus.start()
    try:
        return await bus.call(ShowQuota(user_id=user_id))
    finally:
        await bus.close()


async def race(stack: dict[str, Any], creates: int) -> dict[str, Any]:
    """One user, one crowd, and what the ledger says afterwards."""
    url = str(stack["gateway_url"])
    async with await sign_up(url) as user:
        answers, seconds = await crowd(url, str(user.authorization), creates)
        quota = await quota_of(stack, await id_of(url, str(user.authorization)))
    wanted = {"201": FREE, "403 FREE_LIMIT_REACHED": creates - FREE}
    return {
        "right": dict(answers) == wanted and quota.drift == 0,
        "answers": dict(answers),
        "seconds": round(seconds, 3),
        "drift": quota.drift,
        "spent": quota.usage.spent.generations,
    }


async def settled(stack: dict[str, Any]) -> None:
    """Waits until a fresh stack does nothing else: the stems made, the lines spoken once."""
    say("waiting until the lines are spoken and the stems are made")
    async with await sign_up(str(stack["gateway_url"])) as user:
        await run(user, LINES)
    await stems_made(stack)


async def on_a_fresh_stack(stack: dict[str, Any], times: int, creates: int) -> dict[str, Any]:
    """The same once the stack has come to rest."""
    await settled(stack)
    return await repeat(stack, times, creates)


async def repeat(stack: dict[str, Any], times: int, creates: int) -> dict[str, Any]:
    """The race again and again."""
    rows = []
    for number in range(times):
        rows.append(await race(stack, creates))
        say(f"{number + 1}: {rows[-1]}")
    seconds = sorted(row["seconds"] for row in rows)
    return {
        "repetitions": times,
        "creates": creates,
        "free": FREE,
        "right": sum(row["right"] for row in rows),
        "median_s": seconds[len(seconds) // 2],
        "slowest_s": seconds[-1],
        "wrong": [row for row in rows if not row["right"]],
    }


def main() -> int:
    """Runs on a stack of its own, or on one that was started with the same environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--creates", type=int, default=500)
    parser.add_argument("--stack", type=Path, help="stack.json of a stack that runs")
    wanted = parser.parse_args()
    if wanted.stack:
        stack = json.loads(wanted.stack.read_text(encoding="utf-8"))
        figures = asyncio.run(repeat(stack, wanted.repeat, wanted.creates))
    else:
        os.environ.update(ENVIRONMENT)
        with OwnStack(STATE) as own:
            race_on = on_a_fresh_stack(own.description, wanted.repeat, wanted.creates)
            figures = asyncio.run(race_on)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0 if figures["right"] == wanted.repeat else 1


if __name__ == "__main__":
    sys.exit(main())
