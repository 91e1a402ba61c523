"""Asking RevenueCat: its own protocol, its moods, and what is believed of its answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from ab_entitlement.adapters.revenuecat import RevenueCat, asked_rest
from ab_entitlement.adapters.revenuecat_answer import SubscriberAnswer
from ab_entitlement.domain.purchases import AnswerMalformed, StoreResting
from ab_entitlement.settings import EntitlementSettings
from ab_shared.errors import DependencyUnavailable, TransientError
from ab_shared.testing.clock import FakeClock
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

NOW_MS = 1_767_614_400_000


async def test_an_unknown_customer_holds_nothing_and_is_known_then(world: Any) -> None:
    odd = "a/b?c#d e%2f../../../.."
    answer = await world.store.read(odd)
    assert answer.grants == ()
    assert world.vendor.books.knows(odd)
    assert world.vendor.reads == [odd]


async def test_a_wrong_key_is_a_typed_failure(world: Any) -> None:
    stranger = RevenueCat(world.client, "http://vendor.test/", "sk_wrong")
    with pytest.raises(DependencyUnavailable):
        await stranger.read("user_1")


@pytest.mark.parametrize("kind", ["malformed", "cut", "empty", "huge"])
async def test_a_broken_answer_is_no_answer(world: Any, kind: str) -> None:
    world.vendor.faults.add(kind)
    with pytest.raises(AnswerMalformed):
        await world.store.read("user_1")
    assert (await world.store.read("user_1")).grants == ()


@pytest.mark.parametrize(
    ("retry_after", "backoff_ms", "seconds"),
    [
        ("7", 1000, 7.0),
        ("1", 9500, 9.5),
        (None, 3000, 3.0),
        ("soon", None, 1.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 2000, 2.0),
        ("-5", -5, 1.0),
        ("1e999", 0, 1.0),
        ("99999999", 0, 600.0),
    ],
)
async def test_it_rests_as_long_as_it_is_asked_to(
    world: Any, retry_after: str | None, backoff_ms: int | None, seconds: float
) -> None:
    world.vendor.faults.add("busy", retry_after=retry_after, backoff_ms=backoff_ms)
    with pytest.raises(StoreResting):
        await world.store.read("user_1")
    world.clock.advance(seconds - 0.01)
    with pytest.raises(StoreResting):
        await world.store.read("user_1")
    assert len(world.vendor.reads) == 1
    world.clock.advance(0.02)
    await world.store.read("user_1")
    assert len(world.vendor.reads) == 2


async def test_after_some_failures_it_is_left_alone_longer_each_time(world: Any) -> None:
    world.vendor.faults.add("status", times=1000)
    waits = []
    for _ in range(9):
        with pytest.raises(TransientError):
            await world.store.read("user_1")
        waited = 0.0
        while world.store.resting:
            world.clock.advance(0.5)
            waited += 0.5
        waits.append(waited)
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60]
    world.vendor.faults.waiting.clear()
    await world.store.read("user_1")
    world.vendor.faults.add("status")
    with pytest.raises(DependencyUnavailable):
        await world.store.read("user_1")
    assert not world.store.resting


Respond = Callable[[httpx.Request], Any]


def store_over(respond: Respond, **more: Any) -> RevenueCat:
    client = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    return RevenueCat(client, "http://vendor.test", "key", **more)


async def test_silence_and_drips_end() -> None:
    class Drips(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.005)

    async def silent(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    for respond in (silent, lambda _: httpx.Response(200, stream=Drips())):
        async with asyncio.timeout(5):
            with pytest.raises(DependencyUnavailable):
                await store_over(respond, whole_seconds=0.05).read("user_1")


async def test_a_redirect_gets_no_key() -> None:
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "http://elsewhere.test/"})

    with pytest.raises(DependencyUnavailable):
        await store_over(respond).read("user_1")
    assert asked == ["http://vendor.test/v1/subscribers/user_1"]


async def test_few_are_asked_at_once_and_a_429_stops_the_rest() -> None:
    asked, most, now = 0, 0, FakeClock()

    async def respond(_: httpx.Request) -> httpx.Response:
        nonlocal asked, most
        asked += 1
        most = max(most, asked)
        await asyncio.sleep(0.01)
        return httpx.Response(429, headers={"Retry-After": "5"})

    store = store_over(respond, monotonic=now.monotonic)
    results = await asyncio.gather(
        *(store.read(f"user_{n}") for n in range(50)), return_exceptions=True
    )
    assert {type(result) for result in results} == {StoreResting}
    assert most <= 4
    assert asked <= 4


def test_what_cannot_be_read_of_a_429_is_the_least() -> None:
    assert asked_rest(httpx.Response(429, content=b"[]")) == 0
    assert asked_rest(httpx.Response(429, json={"backoff_ms": "x"})) == 0


def body(**subscriber: Any) -> dict[str, Any]:
    given = {"entitlements": {}, "subscriptions": {}, **subscriber}
    return {"request_date_ms": NOW_MS, "subscriber": given}


BAD = [
    {},
    {"request_date_ms": NOW_MS},
    {"request_date_ms": NOW_MS, "subscriber": None},
    {"request_date_ms": NOW_MS, "subscriber": {}},
    {**body(), "request_date_ms": -1},
    {**body(), "request_date_ms": 10**30},
    {**body(), "request_date_ms": "now"},
    body(entitlements=[]),
    body(entitlements=None),
    body(subscriptions="none"),
    body(entitlements={"pro": {}}),
    body(entitlements={"pro": {"expires_date": "tomorrow"}}),
    body(entitlements={"pro": {"expires_date": "2026-01-05T12:00:00"}}),
    body(entitlements={"pro": {"expires_date": "99999-01-05T12:00:00Z"}}),
    body(entitlements={str(n): {"expires_date": None} for n in range(501)}),
    body(subscriptions={"p": {"is_sandbox": "perhaps"}}),
]


@pytest.mark.parametrize("document", BAD)
def test_what_is_promised_and_missing_is_an_error(document: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SubscriberAnswer.model_validate(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(document=JSON, place=st.sampled_from(["", "entitlements", "pro", "product", "date"]))
def test_any_json_is_an_answer_or_a_typed_error(document: Any, place: str) -> None:
    whole: Any = body(
        entitlements={"pro": {"expires_date": None, "product_identifier": "p"}},
        subscriptions={"p": {}},
    )
    if place == "entitlements":
        whole["subscriber"]["entitlements"] = document
    elif place == "pro":
        whole["subscriber"]["entitlements"]["pro"] = document
    elif place == "product":
        whole["subscriber"]["subscriptions"]["p"] = document
    elif place == "date":
        whole["subscriber"]["entitlements"]["pro"]["expires_date"] = document
    else:
        whole = document
    with suppress(ValidationError):
        SubscriberAnswer.model_validate(whole).answer()


@pytest.mark.parametrize(
    ("began", "ends", "expected"),
    [
        ("2026-01-05T00:00:00Z", None, "2026-01-06T00:00:00+00:00"),
        ("2026-01-05T00:00:00Z", "2026-02-05T00:00:00Z", "2026-01-06T00:00:00+00:00"),
        ("2026-01-05T00:00:00Z", "2026-01-05T01:00:00Z", "2026-01-05T01:00:00+00:00"),
        ("9999-12-31T23:00:00Z", None, "9999-12-31T23:00:00+00:00"),
        (None, None, None),
    ],
)
def test_what_no_purchase_stands_behind_lasts_a_day(
    began: str | None, ends: str | None, expected: str | None
) -> None:
    given = {"expires_date": ends, "purchase_date": began}
    grants = SubscriberAnswer.model_validate(body(entitlements={"pro": given})).answer().grants
    found = [grant.expires_at.isoformat() if grant.expires_at else None for grant in grants]
    assert found == ([] if expected is None else [expected])


def test_an_answer_is_what_the_vendor_means() -> None:
    text = "2026-02-05T00:00:00Z"
    document = body(
        entitlements={
            "pro": {"expires_date": text, "product_identifier": "p"},
            "plus": {"expires_date": None, "product_identifier": "once"},
        },
        subscriptions={
            "p": {
                "store": "play_store",
                "is_sandbox": True,
                "unsubscribe_detected_at": "2026-01-01T00:00:00Z",
                "added_next_year": {"x": 1},
            }
        },
        non_subscriptions={"once": [{"store": "stripe"}]},
    )
    answer = SubscriberAnswer.model_validate(document).answer()
    once, monthly = answer.grants
    assert answer.at == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert (once.source, once.expires_at, once.will_renew) == ("stripe", None, False)
    assert (monthly.source, monthly.is_sandbox, monthly.will_renew) == ("google", True, False)
    assert monthly.expires_at == datetime(2026, 2, 5, tzinfo=UTC)
    assert monthly.expires_at - answer.at > timedelta(days=30)


BASE = {"rabbitmq_url": "amqp://a:b@c/d", "database_url": "postgresql://a:b@c/d"}


@pytest.mark.parametrize(
    "changes",
    [
        {"revenuecat_base_url": "http://api.revenuecat.com"},
        {"revenuecat_base_url": "https://127.0.0.1:2899"},
        {"revenuecat_base_url": "https://revenuecat.com.example.org"},
        {"revenuecat_base_url": "https://sandbox.example.com"},
        {"revenuecat_base_url": "ftp://api.revenuecat.com"},
        {"revenuecat_base_url": "https://user@api.revenuecat.com"},
        {"revenuecat_sandbox_counts": True},
        {"revenuecat_api_key": "change-me"},
    ],
)
def test_production_knows_the_vendor_and_no_test_money(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EntitlementSettings.model_validate({**BASE, "environment": "production", **changes})


def test_test_money_counts_everywhere_else_unless_it_is_said_not_to() -> None:
    def counts(**changes: Any) -> bool:
        return EntitlementSettings.model_validate({**BASE, **changes}).sandbox_counts

    assert not counts(environment="production")
    assert counts(environment="local")
    assert not counts(environment="staging", revenuecat_sandbox_counts=False)
