"""A token that is revoked is believed no more: here, elsewhere, and without the shared cache."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from ab_gateway.adapters.job_hub import JobHub
from ab_gateway.adapters.local_revocations import LocalRevocations
from ab_gateway.adapters.shared_cache import SharedCache
from ab_gateway.adapters.valkey import SharedStore, open_client
from ab_gateway.domain.identity import Identity, Verified
from ab_gateway.domain.remembered import RememberedTokens
from ab_gateway.domain.revocations import Revocation
from ab_gateway.usecases.authenticate_caller import RECHECK_SECONDS, AuthenticateCaller
from ab_gateway.usecases.revoke_tokens import RevokeTokens
from ab_gateway.usecases.verify_api_key import VerifyApiKey
from ab_shared.contracts.revoking import TokensRevoked
from ab_shared.errors import Unauthorized
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_broker import MemoryBroker


class Verifier:
    """Believes ``user.session.issued``; counts how often it is asked."""

    def __init__(self, clock: FakeClock) -> None:
        self.asked = 0
        self.clock = clock

    async def verify(self, token: str) -> Verified:
        self.asked += 1
        user, session, issued = token.split(".")
        ends = self.clock().timestamp() + 900
        return Verified(Identity(user, "iss"), ends, session, float(issued or 0))


class Door:
    """One gateway process over a shared cache."""

    def __init__(self, clock: FakeClock, shared: Any) -> None:
        self.verifier = Verifier(clock)
        local = LocalRevocations(clock)
        self.authenticate = AuthenticateCaller(
            self.verifier,
            local,
            shared,
            clock,
            None,
            VerifyApiKey(MemoryBroker().bus("gateway"), clock),
        )
        self.hub = JobHub()
        self.revoke = RevokeTokens(local, shared, self.authenticate, self.hub)

    async def believes(self, token: str) -> bool:
        try:
            return await self.authenticate(f"Bearer {token}") is not None
        except Unauthorized:
            return False


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime.now(UTC))


@pytest.fixture
def door(clock: FakeClock, memory_store: Any) -> Door:
    return Door(clock, memory_store)


def revoked(clock: FakeClock, *sessions: str, until: float | None = None) -> TokensRevoked:
    return TokensRevoked(
        user_id="ana",
        session_ids=sessions,
        issued_until=None if until is None else datetime.fromtimestamp(until, UTC),
        forget_at=clock() + timedelta(seconds=900),
    )


async def test_a_remembered_token_ends_with_its_sign_in_and_others_go_on(
    door: Door, clock: FakeClock
) -> None:
    for token in ("ana.s1.10", "ana.s2.10", "bo.s1.10"):
        assert await door.believes(token)
    await door.revoke(revoked(clock, "s1"))
    assert not await door.believes("ana.s1.10")
    assert await door.believes("ana.s2.10")
    assert await door.believes("bo.s1.10")


async def test_everything_issued_until_then_ends(door: Door, clock: FakeClock) -> None:
    await door.revoke(revoked(clock, until=50))
    assert [await door.believes(f"ana.s.{issued}") for issued in (49, 50, 51)] == [
        False,
        False,
        True,
    ]


async def test_a_process_that_starts_later_asks_the_shared_cache(
    door: Door, clock: FakeClock, memory_store: Any
) -> None:
    await door.revoke(revoked(clock, "s1"))
    assert not await Door(clock, memory_store).believes("ana.s1.10")


async def test_without_the_shared_cache_what_was_heard_holds(
    door: Door, clock: FakeClock, memory_store: Any
) -> None:
    await door.revoke(revoked(clock, "s1"))
    memory_store.down = True
    assert not await door.believes("ana.s1.10")
    assert await door.believes("ana.s2.10")


async def test_news_that_was_lost_is_found_within_a_minute(
    door: Door, clock: FakeClock, memory_store: Any
) -> None:
    assert await door.believes("ana.s1.10")
    await memory_store.revoke(Revocation("ana", clock().timestamp() + 900, ("s1",)))
    assert await door.believes("ana.s1.10")
    clock.advance(RECHECK_SECONDS)
    assert not await door.believes("ana.s1.10")
    assert not await door.believes("ana.s1.10")


async def test_a_token_is_verified_once(door: Door) -> None:
    for _ in range(5):
        assert await door.believes("ana.s1.10")
    assert door.verifier.asked == 1


async def test_news_while_a_token_is_being_verified_does_not_miss_it(
    door: Door, clock: FakeClock, memory_store: Any
) -> None:
    asked = memory_store.is_revoked

    async def overtaken(token: Verified) -> bool:
        found: bool = await asked(token)
        await door.revoke(revoked(clock, "s1"))
        return found

    memory_store.is_revoked = overtaken
    assert not await door.believes("ana.s1.10")


async def test_what_may_be_forgotten_is(clock: FakeClock) -> None:
    local = LocalRevocations(clock, most=2)
    token = Verified(Identity("ana", "iss"), 0, "s1", 10)
    await local.revoke(Revocation("ana", clock().timestamp() + 10, ("s1",)))
    clock.advance(11)
    await local.revoke(Revocation("ana", clock().timestamp() + 10, ("s2",)))
    assert not await local.is_revoked(token)
    for user in ("bo", "cy"):
        await local.revoke(Revocation(user, clock().timestamp() + 10, ("s1",)))
    assert not local.covers(Verified(Identity("ana", "iss"), 0, "s2", 10))


def test_remembered_tokens_are_bounded_and_leave_nothing_behind() -> None:
    kept = RememberedTokens(most=3)
    for number in range(10):
        token = Verified(Identity(f"user_{number % 2}", "iss"), 100)
        kept.keep(bytes([number]), token, 0)
    assert len(kept) == 3
    assert kept.find(bytes([9]), 99) is not None
    assert kept.find(bytes([9]), 100) is None
    kept.forget_user("user_1")
    assert kept.find(bytes([9]), 0) is None
    assert kept.find(bytes([8]), 0) is not None
    assert len(kept) == 1


async def test_streams_end_with_the_sign_in(door: Door, clock: FakeClock) -> None:
    ana, bea = (door.hub.listen(uuid4(), user) for user in ("ana", "bea"))
    waiting = asyncio.create_task(ana.next(60))
    await asyncio.sleep(0)
    await door.revoke(revoked(clock, "s1"))
    assert await waiting is None
    assert (ana.closed, bea.closed, len(door.hub)) == (True, False, 1)


@pytest.mark.real
class TestShared:
    async def test_is_kept_and_only_moves_on(self, valkey_url: str) -> None:
        client = open_client(valkey_url)
        store, user = SharedStore(client, SharedCache()), f"user_{datetime.now(UTC).timestamp()}"
        ends = datetime.now(UTC).timestamp() + 30
        for until in (50.0, 40.0):
            await store.revoke(Revocation(user, ends, ("s1",), until))
        await store.revoke(Revocation(user, ends - 10, ("s2",)))

        def token(session: str | None, issued: float) -> Verified:
            return Verified(Identity(user, "iss"), ends, session, issued)

        assert [await store.is_revoked(token(s, 60)) for s in ("s1", "s2", "s3", None)] == [
            True,
            True,
            False,
            False,
        ]
        # Asked at once they are looked up together, and each gets its own answer.
        names = ["s3", "s1", None, "s2"] * 20
        found = await asyncio.gather(*(store.is_revoked(token(s, 60)) for s in names))
        assert found == [name in {"s1", "s2"} for name in names]
        assert await store.is_revoked(token(None, 50))
        assert not await store.is_revoked(token(None, 51))
        await client.aclose()
