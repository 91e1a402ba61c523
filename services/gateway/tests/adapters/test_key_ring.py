"""Verification keys: fetched rarely, and kept while their issuer is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from ab_gateway.adapters.key_ring import KeyRing
from ab_gateway.adapters.key_sources import MAX_BYTES, builtin_keys, published_keys
from ab_shared.contracts.events import PublicKey
from ab_shared.contracts.rpc import GetSigningKeys, SigningKeys
from ab_shared.errors import DependencyUnavailable
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.spans import recorded
from prometheus_client import REGISTRY

if TYPE_CHECKING:
    from ab_shared.messaging.ports import Caller

ISSUER = "https://issuer.example.test"


class Endpoint:
    """An issuer's key set, and how often it was asked."""

    def __init__(self, *keys: PublicKey) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.down = False

    async def __call__(self) -> list[PublicKey]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise OSError("refused")
        return self.keys


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def endpoint(keys: Any) -> Endpoint:
    return Endpoint(keys.published("ed"))


@pytest.fixture
def ring(endpoint: Endpoint, clock: FakeClock) -> KeyRing:
    return KeyRing(ISSUER, endpoint, clock.monotonic)


async def test_many_at_once_are_one_fetch(ring: KeyRing, endpoint: Endpoint) -> None:
    found = await asyncio.gather(*(ring.key("ed") for _ in range(20)))
    assert all(key is not None and key.algorithm_name == "EdDSA" for key in found)
    assert endpoint.asked == 1


async def test_an_unknown_key_is_asked_for_once_then_remembered(
    ring: KeyRing, endpoint: Endpoint, clock: FakeClock
) -> None:
    await ring.key("ed")
    clock.advance(11)
    assert await ring.key("new") is None
    assert endpoint.asked == 2
    clock.advance(60)
    assert await ring.key("new") is None
    assert endpoint.asked == 2


async def test_a_rotated_key_is_found(
    ring: KeyRing, endpoint: Endpoint, clock: FakeClock, keys: Any
) -> None:
    await ring.key("ed")
    endpoint.keys = [keys.published("ec")]
    clock.advance(11)
    found = await ring.key("ec")
    assert found is not None
    assert found.algorithm_name == "ES256"
    assert await ring.key("ed") is None


async def test_made_up_ids_in_a_stream_are_at_most_a_fetch_in_ten_seconds(
    ring: KeyRing, endpoint: Endpoint, clock: FakeClock
) -> None:
    for number in range(300):
        assert await ring.key(f"made-up-{number}") is None
        clock.advance(0.1)
    assert endpoint.asked <= 4


async def test_held_keys_outlive_an_outage_of_their_issuer(
    ring: KeyRing, endpoint: Endpoint, clock: FakeClock
) -> None:
    await ring.key("ed")
    endpoint.down = True
    clock.advance(7200)
    assert await ring.key("ed") is not None
    with pytest.raises(DependencyUnavailable):
        await ring.key("new")
    endpoint.down = False
    clock.advance(11)
    assert await ring.key("new") is None


async def test_whoever_has_their_key_waits_for_no_issuer(clock: FakeClock, keys: Any) -> None:
    asked, hangs = 0, asyncio.Event()
    ended = asyncio.Event()

    async def hanging() -> list[PublicKey]:
        nonlocal asked
        asked += 1
        if asked > 1:
            hangs.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
        return [keys.published("ed")]

    ring = KeyRing(ISSUER, hanging, clock.monotonic)
    await ring.key("ed")
    clock.advance(3601)
    async with asyncio.timeout(1):
        for _ in range(20):
            assert await ring.key("ed") is not None
        await hangs.wait()
        clock.advance(30)
        assert await ring.key("ed") is not None
        ring.close()
        await ended.wait()
    assert asked == 2


async def test_a_withdrawn_key_is_gone_after_the_refresh(
    ring: KeyRing, endpoint: Endpoint, clock: FakeClock, keys: Any
) -> None:
    await ring.key("ed")
    endpoint.keys = [keys.published("ec")]
    clock.advance(3601)
    assert await ring.key("ed") is not None
    # The task begins, takes the lock and asks an endpoint that gives up its turn once.
    for _ in range(5):
        await asyncio.sleep(0)
    assert await ring.key("ed") is None
    assert endpoint.asked == 2


async def test_no_key_at_all_is_an_outage(ring: KeyRing, endpoint: Endpoint) -> None:
    endpoint.down = True
    with pytest.raises(DependencyUnavailable):
        await ring.key("ed")


async def test_useless_keys_are_left_out(keys: Any, clock: FakeClock) -> None:
    secret = PublicKey(kid="oct", jwk={"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0"})
    broken = PublicKey(kid="broken", jwk={"kty": "RSA"})
    good = keys.published("rsa")
    sealing = PublicKey(kid="enc", jwk={**good.jwk, "use": "enc"})
    ring = KeyRing(ISSUER, Endpoint(secret, broken, sealing, good), clock.monotonic)
    assert await ring.key("rsa") is not None
    for kid in ("oct", "broken", "enc"):
        assert await ring.key(kid) is None


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500),
        httpx.Response(302, headers={"Location": "https://elsewhere.example.test"}),
        httpx.Response(200, content=b" " * (MAX_BYTES + 1)),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json={"keys": []}),
        httpx.Response(200, json={"keys": [1, {"kid": 5}]}),
    ],
    ids=["500", "redirect", "too large", "not JSON", "no keys", "odd keys"],
)
async def test_an_endpoint_that_makes_no_sense_is_an_outage(response: httpx.Response) -> None:
    transport = httpx.MockTransport(lambda _request: response)
    async with httpx.AsyncClient(transport=transport) as client:
        ring = KeyRing(ISSUER, published_keys(client, f"{ISSUER}/keys"))
        with pytest.raises(DependencyUnavailable):
            await ring.key("rsa")


class Dripping(httpx.AsyncByteStream):
    """A body that begins and never ends."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()


async def test_an_endpoint_that_never_ends_its_answer_is_an_outage() -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, stream=Dripping()))
    async with httpx.AsyncClient(transport=transport) as client:
        ring = KeyRing(ISSUER, published_keys(client, f"{ISSUER}/keys", within=0.05))
        with pytest.raises(DependencyUnavailable):
            await ring.key("rsa")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(500), "failed"),
        (httpx.Response(404), "failed"),
        (httpx.Response(429), "throttled"),
        (httpx.Response(200, content=b"<html>"), "failed"),
        (httpx.Response(200, stream=Dripping()), "timed_out"),
        (httpx.Response(200, json={"keys": []}), "ok"),
    ],
    ids=["500", "404", "429", "not JSON", "never ends", "well"],
)
async def test_asking_an_outside_issuer_is_a_call_of_a_vendor(
    answer: httpx.Response, outcome: str
) -> None:
    labels = {"vendor": "clerk", "operation": "read_keys", "outcome": outcome}
    before = REGISTRY.get_sample_value("ab_vendor_calls_total", labels) or 0
    transport = httpx.MockTransport(lambda _request: answer)
    async with httpx.AsyncClient(transport=transport) as client:
        fetch = published_keys(client, f"{ISSUER}/keys", within=0.2, vendor="clerk")
        with recorded() as spans, suppress(Exception):
            await fetch()
    assert REGISTRY.get_sample_value("ab_vendor_calls_total", labels) == before + 1
    [span] = [span for span in spans if span.name == "clerk read_keys"]
    assert span.status.is_ok is (outcome == "ok")


async def test_our_own_keys_are_no_call_of_a_vendor(keys: Any) -> None:
    class Auth:
        async def call(self, _request: GetSigningKeys, **_more: Any) -> SigningKeys:
            return SigningKeys(issuer="ab", keys=(keys.published("ed"),))

    with recorded() as spans:
        assert [key.kid for key in await builtin_keys(cast("Caller", Auth()))()] == ["ed"]
    assert [span.name for span in spans] == ["test"]
