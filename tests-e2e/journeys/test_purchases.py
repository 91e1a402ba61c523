"""A purchase travels: vendor, webhook, reading, and what the app may do."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import shlex
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.lines import new_line
from ab_shared.contracts.http import DraftSession
from ab_shared.contracts.usage import CorrectQuota
from ab_shared.messaging.rabbit import RabbitBus
from simulators.revenuecat_control import Control

NewUser = Callable[[], Awaitable[ApiClient]]
pytestmark = pytest.mark.journey
# How long it really takes is measured by performance.purchases.
PATIENT_SECONDS = 20.0
PRO, EXPIRED = ("pro", "active"), ("free", "expired")


@pytest.fixture
async def vendor(stack: dict[str, Any]) -> AsyncIterator[Control]:
    async with Control(stack["simulators"]["revenuecat"]) as control:
        yield control
        await control.break_next()
        await control.release()


@pytest.fixture
async def operator(stack: dict[str, Any]) -> AsyncIterator[RabbitBus]:
    bus = RabbitBus(stack["infrastructure"]["rabbitmq"]["urls"]["ab-operator"], "operator")
    await bus.start()
    yield bus
    await bus.close()


@pytest.fixture
def secrets_of_the_door(stack: dict[str, Any]) -> dict[str, str]:
    lines = Path(stack["services"]["gateway"]["env_file"]).read_text().splitlines()
    pairs = (line.partition("=") for line in lines)
    return {name: shlex.split(value)[0] for name, _, value in pairs if "REVENUECAT" in name}


async def standing(user: ApiClient) -> tuple[str, str]:
    seen = await user.entitlement()
    return seen.plan, seen.status


async def sees(user: ApiClient, wanted: tuple[str, str]) -> None:
    """Returns when the app sees what it should."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            if await standing(user) == wanted:
                return
            await asyncio.sleep(0.02)


async def answers(vendor: Control, event_id: str, tries: int) -> list[int]:
    """How the tries to tell of an event were answered, once there were so many."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            found = await vendor.deliveries(event_id)
            if len(found) >= tries:
                return found
            await asyncio.sleep(0.05)


def draft() -> DraftSession:
    return DraftSession(title="Evening", affirmations=[new_line()], voice_id="nova")


async def refused(user: ApiClient) -> str:
    with pytest.raises(ApiRefusal) as refusal:
        await user.create_session(draft())
    return f"{refusal.value.status} {refusal.value.error.code}"


async def test_a_purchase_opens_what_the_free_plan_closes_and_a_refund_closes_it_again(
    user: ApiClient, vendor: Control, operator: RabbitBus
) -> None:
    me = (await user.me()).id
    left = (await user.entitlement()).remaining_free_generations_today
    spend = CorrectQuota(
        request_id=uuid4(), user_id=me, amount=left, reason="spent by a test", actor="journey"
    )
    await operator.call(spend)
    assert await refused(user) == "403 FREE_LIMIT_REACHED"
    await vendor.act("purchase", me)
    await sees(user, PRO)
    seen = await user.entitlement()
    assert (seen.source, seen.limits.offline_downloads) == ("apple", True)
    assert (await user.create_session(draft())).id
    await vendor.act("refund", me)
    await sees(user, EXPIRED)
    assert await refused(user) == "403 FREE_LIMIT_REACHED"


async def test_a_subscription_lives_its_life(user: ApiClient, vendor: Control) -> None:
    me = (await user.me()).id
    for action, after in [
        ("purchase", PRO),
        ("cancel", PRO),
        ("uncancel", PRO),
        ("billing-issue", ("pro", "grace")),
        ("renew", PRO),
        ("product-change", PRO),
        ("pause", PRO),
        ("extend", PRO),
        ("expire", EXPIRED),
    ]:
        await vendor.act(action, me)
        await sees(user, after)


async def test_told_late_twice_and_in_any_order(user: ApiClient, vendor: Control) -> None:
    me = (await user.me()).id
    await vendor.hold()
    told = [
        event_id
        for action in ("purchase", "cancel", "refund", "test", "novelty", "purchase", "extend")
        for event_id in await vendor.act(action, me)
    ]
    assert await standing(user) == ("free", "active")
    assert await vendor.release(shuffle=secrets.randbelow(2**32), copies=3) == 3 * len(told)
    await sees(user, PRO)
    for one in told:
        assert await answers(vendor, one, 3) == [200, 200, 200]
    assert await standing(user) == PRO


async def test_a_restored_purchase_changes_hands(
    user: ApiClient, new_user: NewUser, vendor: Control
) -> None:
    phone = f"$RCAnonymousID:{secrets.token_hex(16)}"
    me, other = (await user.me()).id, await new_user()
    await vendor.act("purchase", phone)
    await vendor.act("transfer", phone, to=me)
    await sees(user, PRO)
    await vendor.act("transfer", me, to=(await other.me()).id)
    await sees(other, PRO)
    await sees(user, ("free", "active"))


async def test_broken_answers_only_delay_it(user: ApiClient, vendor: Control) -> None:
    me = (await user.me()).id
    await vendor.break_next({"kind": "malformed"}, {"kind": "cut"})
    await vendor.act("purchase", me)
    await sees(user, PRO)
    await vendor.break_next({"kind": "busy", "retry_after": "1", "backoff_ms": 1000})
    await vendor.act("billing-issue", me)
    await sees(user, ("pro", "grace"))


async def test_forgers_and_nonsense_move_nothing(
    user: ApiClient, gateway_url: str, secrets_of_the_door: dict[str, str]
) -> None:
    me = (await user.me()).id
    fixed = secrets_of_the_door["REVENUECAT_WEBHOOK_AUTHORIZATION"]
    event = {"id": secrets.token_hex(8), "type": "TEMPORARY_ENTITLEMENT_GRANT", "app_user_id": me}
    body = json.dumps({"api_version": "1.0", "event": event}).encode()

    def signed(content: bytes, at: float) -> dict[str, str]:
        key = secrets_of_the_door["REVENUECAT_WEBHOOK_SECRET"].encode()
        code = hmac.new(key, f"{int(at)}.".encode() + content, hashlib.sha256).hexdigest()
        return {"X-RevenueCat-Webhook-Signature": f"t={int(at)},v1={code}"}

    now = time.time()
    async with httpx.AsyncClient(base_url=gateway_url) as forger:

        async def answer(content: bytes, headers: dict[str, str]) -> int:
            path = "/v1/webhooks/revenuecat"
            return (await forger.post(path, content=content, headers=headers)).status_code

        known = {"Authorization": fixed}
        assert await answer(body, {}) == 401
        assert await answer(body, {"Authorization": "Bearer guess"} | signed(body, now)) == 401
        assert await answer(body, known) == 401
        assert await answer(body, known | signed(body, now - 301)) == 401
        assert await answer(body + b" ", known | signed(body, now)) == 401
        assert await answer(body[:-9], known | signed(body[:-9], now)) == 400
        assert await standing(user) == ("free", "active")
        # The very same bytes, with a fresh signature, are believed.
        assert await answer(body, known | signed(body, now)) == 200
        await sees(user, PRO)
