"""A user's day on the public API, and what is kept of what they may do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from ab_shared.contracts import rpc, usage
from ab_shared.contracts.events import EntitlementChanged
from ab_shared.errors import (
    AbError,
    EntitlementRequired,
    FreeLimitReached,
    RateLimited,
    SessionTooLong,
)
from ab_shared.messaging.ports import Subscriptions

REPORT = usage.UsageReport(
    plan="pro",
    day=date(2026, 1, 5),
    resets_at=datetime(2026, 1, 6, tzinfo=UTC),
    spent=usage.Spent(
        generations=-1,
        characters=240,
        reads_made=6,
        reads_reused=2,
        rendered_ms=48_123,
        render_ms=310,
        jobs=1,
    ),
    daily_generations=None,
    remaining_today=None,
    daily_characters=100_000,
    daily_rendered_seconds=None,
)
DRAFT = {"title": "Calm", "affirmations": ["I breathe slowly."], "voiceId": "nova"}


@pytest.fixture
async def world(start: Any, services: Any) -> Any:
    others = services.subscriptions

    def with_usage() -> dict[str, Subscriptions]:
        answers: dict[str, Subscriptions] = others()
        answers["entitlement"].answer(usage.GetUsage, services._heard(lambda _: REPORT))
        return answers

    services.subscriptions = with_usage
    return await start()


def asked(world: Any) -> int:
    return sum(isinstance(request, rpc.GetEntitlement) for request in world.services.asked)


async def look(world: Any, user: str = "user_1") -> None:
    answer = await world.client.get("/v1/me/entitlement", headers=world.auth(user))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


async def test_shows_the_day(world: Any) -> None:
    headers = {**world.auth(), "X-Timezone": "Europe/Berlin"}
    answer = await world.client.get("/v1/me/usage", headers=headers)
    assert answer.json() == {
        "plan": "pro",
        "day": "2026-01-05",
        "resetsAt": "2026-01-06T00:00:00.000Z",
        "generations": 0,
        "remainingGenerations": 9007199254740991,
        "jobs": 1,
        "characters": 240,
        "readsMade": 6,
        "readsReused": 2,
        "renderedSeconds": 48.123,
        "limits": {
            "dailyGenerations": 9007199254740991,
            "dailyCharacters": 100000,
            "dailyRenderedSeconds": 9007199254740991,
        },
    }
    [request] = [found for found in world.services.asked if isinstance(found, usage.GetUsage)]
    assert request.timezone == "Europe/Berlin"


async def test_nobodys_day_is_not_shown(world: Any) -> None:
    assert (await world.client.get("/me/usage")).status_code == 401


async def test_a_second_look_asks_nobody(world: Any) -> None:
    await look(world)
    await look(world)
    assert asked(world) == 1
    await look(world, "user_2")
    assert asked(world) == 2


async def test_news_of_a_change_is_seen_at_the_next_look(world: Any) -> None:
    await look(world)
    await world.broker.send(EntitlementChanged(user_id="user_2", version=1))
    await world.broker.settle()
    await look(world)
    assert asked(world) == 1
    await world.broker.send(EntitlementChanged(user_id="user_1", version=1))
    await world.broker.settle()
    await look(world)
    assert asked(world) == 3  # the stand-in's answers have no version: asked twice, not kept


async def test_an_own_write_is_seen_at_the_next_look(world: Any) -> None:
    await look(world)
    made = await world.client.post("/v1/sessions", json=DRAFT, headers=world.auth())
    assert made.status_code == 201
    await look(world)
    assert asked(world) == 2


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (FreeLimitReached("Nothing is left"), 403, "FREE_LIMIT_REACHED"),
        (SessionTooLong("The free plan holds 4 affirmations"), 403, "SESSION_TOO_LONG"),
        (EntitlementRequired("Not part of the free plan"), 403, "ENTITLEMENT_REQUIRED"),
        (RateLimited("The budget is used up", details={"retry_after": 60}), 429, "RATE_LIMITED"),
    ],
)
async def test_what_a_plan_refuses_has_its_code(
    world: Any, error: AbError, status: int, code: str
) -> None:
    world.refuse(error)
    answer = await world.client.post("/v1/sessions", json=DRAFT, headers=world.auth())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"] == error.message
    assert ("Retry-After" in answer.headers) == (status == 429)
