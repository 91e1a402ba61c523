"""The front door of webhooks: believed, kept, or refused without a reason."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from ab_shared.contracts.purchases import StoredPurchaseEvent, StorePurchaseEvent
from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging.ports import Subscriptions

PATH = "/v1/webhooks/revenuecat"
FIXED, KEY = "Bearer fixed-and-long-enough", "signing-key-long-enough"
EVENT = {
    "id": "E1",
    "type": "RENEWAL",
    "app_user_id": "user_1",
    "subscriber_attributes": {"$email": {"value": "a@example.com"}},
}
BODY = json.dumps({"api_version": "1.0", "event": EVENT}).encode()


class Keeper:
    """Stands in for the entitlement service: keeps events, or fails."""

    def __init__(self) -> None:
        self.kept: list[StorePurchaseEvent] = []
        self.fails_with: Exception | None = None

    async def store(self, request: StorePurchaseEvent) -> StoredPurchaseEvent:
        if self.fails_with is not None:
            raise self.fails_with
        new = request.event_id not in {one.event_id for one in self.kept}
        self.kept.append(request)
        return StoredPurchaseEvent(new=new)


class Door:
    """A gateway with secrets, and somebody who keeps what it takes."""

    def __init__(self, world: Any, keeper: Keeper) -> None:
        self.world = world
        self.keeper = keeper

    async def post(self, body: bytes = BODY, path: str = PATH, **headers: str) -> Any:
        sent = {"Authorization": FIXED, "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value}
        return await self.world.client.post(path, content=body, headers=sent)


@pytest.fixture
async def open_door(start: Any, services: Any) -> Any:
    keeper, others = Keeper(), services.subscriptions

    def with_keeper() -> dict[str, Subscriptions]:
        answers: dict[str, Subscriptions] = others()
        answers["entitlement"].answer(StorePurchaseEvent, keeper.store)
        return answers

    services.subscriptions = with_keeper

    async def opening(**changes: Any) -> Door:
        return Door(await start(revenuecat_webhook_authorization=FIXED, **changes), keeper)

    return opening


@pytest.fixture
async def door(open_door: Any) -> Door:
    return await open_door()


@pytest.mark.parametrize("path", [PATH, "/webhooks/revenuecat"])
async def test_an_event_is_kept_and_answered_with_200(door: Door, path: str) -> None:
    answer = await door.post(path=path)
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert door.keeper.kept[0].event_id == "E1"
    assert "subscriber_attributes" not in door.keeper.kept[0].event


async def test_a_known_event_is_answered_alike(door: Door) -> None:
    assert [(await door.post()).status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(
    "sent", ["", "Bearer wrong-and-long-enough", FIXED + "x", FIXED.lower(), "Basic Zm9v"]
)
async def test_a_forger_learns_nothing(door: Door, sent: str) -> None:
    answer = await door.post(Authorization=sent)
    assert answer.status_code == 401
    assert answer.json()["code"] == "UNAUTHORIZED"
    assert "details" not in answer.json()
    assert door.keeper.kept == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        BODY[:-20],
        b'{"event": []}',
        b'{"event": {"id": 5, "type": "RENEWAL"}}',
        b'{"event": {"id": "", "type": "RENEWAL"}}',
        b'{"event": {"id": "a\\u0000b", "type": "RENEWAL"}}',
        b'{"event": {"id": "E1"}}',
        b'{"event": {"id": "E1", "type": "' + b"x" * 300 + b'"}}',
        b'{"event": {"id": "E1", "type": "RENEWAL", "price": NaN}}',
        b"[" * 5000,
        b"\xff\xfe",
    ],
)
async def test_who_is_believed_but_sends_no_event_is_told_so(door: Door, body: bytes) -> None:
    answer = await door.post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert door.keeper.kept == []


async def test_too_much_is_refused(door: Door) -> None:
    long = json.dumps({"event": EVENT | {"aliases": ["x" * 100] * 1000}}).encode()
    assert (await door.post(long)).status_code == 413


@pytest.mark.parametrize("price", [-1e300, -9.99, 10**400, 0])
async def test_absurd_numbers_are_kept_as_they_are(door: Door, price: float) -> None:
    body = json.dumps({"event": EVENT | {"price": price}}).encode()
    assert (await door.post(body)).status_code == 200


async def test_what_cannot_be_kept_now_is_sent_again(door: Door) -> None:
    door.keeper.fails_with = DependencyUnavailable("no database")
    answer = await door.post()
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert "Retry-After" in answer.headers
    door.keeper.fails_with = None
    assert (await door.post()).status_code == 200


async def test_nobody_to_keep_it_is_503(start: Any) -> None:
    world = await start(revenuecat_webhook_authorization=FIXED)
    answer = await world.client.post(PATH, content=BODY, headers={"Authorization": FIXED})
    assert answer.status_code == 503


async def test_without_secrets_there_is_nothing(start: Any) -> None:
    world = await start()
    answer = await world.client.post(PATH, content=BODY, headers={"Authorization": FIXED})
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def signed(body: bytes = BODY, at: float | None = None, key: str = KEY) -> str:
    stamp = int(time.time() if at is None else at)
    code = hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={code}"


async def test_a_signature_is_wanted_where_one_is_agreed(open_door: Any) -> None:
    door = await open_door(revenuecat_webhook_secret=KEY, revenuecat_signature_header="X-Seal")
    refused = [
        await door.post(),
        await door.post(X_Seal="t=1,v1=2"),
        await door.post(X_Seal=signed(key="another-key-of-length")),
        await door.post(X_Seal=signed(at=time.time() - 301)),
        await door.post(X_Seal=signed(at=time.time() + 302)),
        await door.post(BODY + b" ", X_Seal=signed()),
        await door.post(X_RevenueCat_Webhook_Signature=signed()),
        await door.post(X_Seal=signed(), Authorization="Bearer wrong-and-long-enough"),
    ]
    assert {answer.status_code for answer in refused} == {401}
    assert len({json.dumps(answer.json()["message"]) for answer in refused}) == 1
    assert door.keeper.kept == []
    assert (await door.post(X_Seal=signed())).status_code == 200


async def test_while_secrets_change_both_are_believed_and_no_third(open_door: Any) -> None:
    before, key_before = "Bearer the-one-before-this", "signing-key-before-this"
    door = await open_door(
        revenuecat_webhook_authorization_before=before,
        revenuecat_webhook_secret=KEY,
        revenuecat_webhook_secret_before=key_before,
        revenuecat_signature_header="X-Seal",
    )
    for fixed in (FIXED, before):
        for key in (KEY, key_before):
            answer = await door.post(X_Seal=signed(key=key), Authorization=fixed)
            assert answer.status_code == 200
    third = await door.post(X_Seal=signed(), Authorization="Bearer one-before-the-last")
    assert third.status_code == 401
    assert (await door.post(X_Seal=signed(key="one-before-the-last"))).status_code == 401


async def test_webhooks_have_a_count_of_their_own(open_door: Any) -> None:
    door = await open_door(rate_limit_webhooks_per_minute=3, rate_limit_per_minute=1)
    sent = [await door.post() for _ in range(3)]
    forged = await door.post(Authorization="")
    assert [answer.status_code for answer in (*sent, forged)] == [200, 200, 200, 429]
    assert sent[0].headers["RateLimit-Policy"] == '"webhook";q=3;w=60'
    assert (await door.world.client.get("/v1/catalog/voices")).status_code == 200


async def test_it_is_in_the_document(door: Door) -> None:
    paths = (await door.world.client.get("/openapi.json")).json()["paths"]
    assert set(paths[PATH]["post"]["responses"]) >= {"200", "400", "401", "404", "413", "503"}
