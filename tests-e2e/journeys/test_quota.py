"""A listener's day: what a crowd of creates may take, what it costs, and an operator's hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.jobs import wait_for
from ab_shared.contracts.http import DraftSession
from ab_shared.contracts.usage import CorrectQuota, Quota, ShowQuota
from ab_shared.messaging.rabbit import RabbitBus
from failures.listener import new_line
from performance.quota_race import crowd, id_of

pytestmark = pytest.mark.journey
LEFT = 2
CREATES = 60
# On a machine that does much else; the figure for purchases is measured on its own.
VISIBLE_SECONDS = 10.0


@pytest.fixture
async def operator(stack: dict[str, Any]) -> AsyncIterator[RabbitBus]:
    bus = RabbitBus(stack["infrastructure"]["rabbitmq"]["urls"]["ab-operator"], "operator")
    await bus.start()
    yield bus
    await bus.close()


@pytest.fixture
async def http(gateway_url: str, user: ApiClient) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": str(user.authorization)}
    async with httpx.AsyncClient(base_url=gateway_url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
async def user_id(gateway_url: str, user: ApiClient) -> str:
    return await id_of(gateway_url, str(user.authorization))


async def seen(
    http: httpx.AsyncClient, path: str, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Asks as an app does until the answer is as wanted."""
    async with asyncio.timeout(VISIBLE_SECONDS):
        while True:
            body: dict[str, Any] = (await http.get(path)).json()
            if wanted(body):
                return body
            await asyncio.sleep(0.05)


async def leave(operator: RabbitBus, user_id: str, wanted: int) -> Quota:
    """Corrects the day until so many generations remain."""
    quota = await operator.call(ShowQuota(user_id=user_id))
    remaining = quota.usage.remaining_today
    assert remaining is not None
    if remaining == wanted:
        return quota
    return await operator.call(
        CorrectQuota(
            request_id=uuid4(),
            user_id=user_id,
            amount=remaining - wanted,
            reason="a test of the quota",
            actor="test",
        )
    )


async def test_a_crowd_takes_what_is_left_and_no_more(
    gateway_url: str, user: ApiClient, user_id: str, operator: RabbitBus
) -> None:
    await leave(operator, user_id, LEFT)
    answers, _ = await crowd(gateway_url, str(user.authorization), CREATES)
    assert answers == {"201": LEFT, "403 FREE_LIMIT_REACHED": CREATES - LEFT}
    quota = await operator.call(ShowQuota(user_id=user_id))
    assert (quota.usage.remaining_today, quota.drift) == (0, 0)
    assert quota.balance == quota.usage.spent.generations


async def test_a_correction_is_seen_by_the_app(
    http: httpx.AsyncClient, user_id: str, operator: RabbitBus
) -> None:
    before = (await http.get("/v1/me/entitlement")).json()
    assert before["canCreateSession"]
    await leave(operator, user_id, 0)
    await seen(http, "/v1/me/entitlement", lambda body: not body["canCreateSession"])


async def test_what_a_track_cost_is_in_the_day(user: ApiClient, http: httpx.AsyncClient) -> None:
    lines = [new_line(), new_line()]
    draft = DraftSession(title="Cost", affirmations=lines, voice_id="nova")
    created = await user.create_session(draft)
    await wait_for(user, created.audio_job_id)
    day = await seen(http, "/v1/me/usage", lambda body: body["jobs"] == 1)
    assert (day["generations"], day["readsMade"], day["readsReused"]) == (1, 4, 0)
    # A voice may be sent more than was written, such as a full stop.
    assert 0 <= day["characters"] - 2 * sum(map(len, lines)) <= 2 * len(lines)
    assert day["renderedSeconds"] > 5
    again = await user.create_session(draft)
    await wait_for(user, again.audio_job_id)
    later = await seen(http, "/v1/me/usage", lambda body: body["jobs"] == 2)
    # A cached render counts as a session, and costs nothing.
    assert (later["generations"], later["readsReused"]) == (2, 4)
    assert (later["characters"], later["renderedSeconds"]) == (
        day["characters"],
        day["renderedSeconds"],
    )
