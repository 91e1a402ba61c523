"""``python -m performance.curation``: the shelf of a listener with 10,000 events, and taking them.

The use case alone on the service's database, the same over the broker, and over HTTP, in the same
run as a primary-key select by asyncpg. Beside it: a listener with no events.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from ab_session.adapters.postgres import PostgresStore
from ab_session.usecases.get_curation import MakeShelf
from ab_shared.contracts.curation import GetCuration
from ab_shared.contracts.listening import MOST_EVENTS
from ab_shared.database.engine import engine_for
from ab_shared.database.transaction import Transactions
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.runtime.clock import utc_now

from performance.entitlement import percentile, timed
from performance.main_job import sign_up
from performance.quota_race import id_of, settled
from performance.stack import OwnStack, say

STATE = Path(".local/curation")
EVENTS = 10_000
LOOKS = 200
DAYS = 300
SELECT = "SELECT zone FROM listener_zones WHERE user_id = $1"
# How a sitting goes on, by chance: mostly to the end, at times away at once.
SITTINGS = (
    *((("start", 0), ("complete", 1500)),) * 6,
    *((("start", 0), ("abandon", 40)),) * 2,
    (("start", 0), ("mix_adjust", 100), ("complete", 1500), ("replay", 1510)),
    (("start", 0), ("skip_affirmation", 200), ("abandon", 900)),
)


def history(sessions: list[str], number: int) -> list[dict[str, str]]:
    """So many events over the last days, the same each time but for the clock."""
    dice, now = random.Random(7), datetime.now(UTC)
    events: list[dict[str, str]] = []
    while len(events) < number:
        session_id = dice.choice(sessions)
        began = now - timedelta(minutes=dice.randint(60, DAYS * 24 * 60))
        for kind, seconds in dice.choice(SITTINGS):
            at = began + timedelta(seconds=seconds)
            events.append(
                {
                    "clientEventId": f"event-{len(events)}",
                    "sessionId": session_id,
                    "eventType": kind,
                    "occurredAt": at.isoformat(),
                }
            )
    return events[:number]


async def told(http: httpx.AsyncClient, events: list[dict[str, str]]) -> list[float]:
    """Milliseconds of each batch, all of which must be kept."""
    found = []
    for first in range(0, len(events), MOST_EVENTS):
        batch = events[first : first + MOST_EVENTS]
        started = time.perf_counter()
        answer = await http.post("/v1/events", json={"events": batch})
        found.append((time.perf_counter() - started) * 1000)
        if answer.json().get("accepted") != len(batch):
            raise RuntimeError(f"not all was kept: {answer.status_code} {answer.text[:200]}")
    return found


@asynccontextmanager
async def signed_up(url: str) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A new listener over HTTP, and their id."""
    async with await sign_up(url) as user:
        headers = {"Authorization": str(user.authorization)}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as http:
            yield http, await id_of(url, str(user.authorization))


async def measure(stack: dict[str, Any]) -> dict[str, Any]:
    """All of it in turn."""
    url, infrastructure = str(stack["gateway_url"]), stack["infrastructure"]
    address = infrastructure["postgres"]["databases"]["session"]["url"]
    bus = RabbitBus(infrastructure["rabbitmq"]["urls"]["ab-gateway"], "gateway")
    await bus.start()
    database, engine = await asyncpg.connect(address), engine_for(address, pool_size=2)
    alone = MakeShelf(PostgresStore(Transactions(engine, producer="session", relay=None)), utc_now)
    async with signed_up(url) as (http, user_id), signed_up(url) as (fresh, _):
        rows = (await http.get("/v1/sessions")).json()["sessions"]
        say(f"telling {EVENTS} events, {MOST_EVENTS} at once")
        took = await told(http, history([row["id"] for row in rows], EVENTS))
        again = await told_again(http, history([row["id"] for row in rows], MOST_EVENTS))
        request = GetCuration(user_id=user_id)
        say("looking at the shelf")
        looks = {
            "select": lambda: database.fetchrow(SELECT, user_id),
            "use_case": lambda: alone(request),
            "rpc": lambda: bus.call(request),
            "http": lambda: http.get("/v1/me/curation"),
            "http_new_listener": lambda: fresh.get("/v1/me/curation"),
            "health": lambda: http.get("/v1/health"),
        }
        times = {}
        for name, look in looks.items():
            await timed(look, 20)
            times[name] = await timed(look, LOOKS)
        cards = (await http.get("/v1/me/curation")).json()["cards"]
    await database.close()
    await engine.dispose()
    await bus.close()
    return {
        "events": EVENTS,
        "batch_of_500_ms": {"p50": round(statistics.median(took), 1), "max": round(max(took), 1)},
        "same_batch_again_ms": round(again, 1),
        "p50_ms": {name: round(statistics.median(found), 2) for name, found in times.items()},
        "p95_ms": {name: round(percentile(found, 95), 2) for name, found in times.items()},
        "shelf": {card["slot"]: [card["title"], card.get("whyText")] for card in cards},
    }


async def told_again(http: httpx.AsyncClient, events: list[dict[str, str]]) -> float:
    """Milliseconds of a batch that is known already."""
    started = time.perf_counter()
    answer = await http.post("/v1/events", json={"events": events})
    if answer.json().get("duplicates") != len(events):
        raise RuntimeError(f"not known again: {answer.text[:200]}")
    return (time.perf_counter() - started) * 1000


async def on_a_fresh_stack(stack: dict[str, Any]) -> dict[str, Any]:
    """The same once the stack has come to rest."""
    await settled(stack)
    return await measure(stack)


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
