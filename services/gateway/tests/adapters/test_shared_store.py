"""What gateway processes share: Valkey, and its stand-in held to the same tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
from ab_gateway.adapters.local_limiter import LocalLimiter
from ab_gateway.adapters.valkey import SharedStore, open_client
from ab_gateway.domain.jobs import KeptJob
from ab_gateway.domain.rates import Policy
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import DependencyUnavailable
from ab_shared.testing.clock import FakeClock

JobOf = Callable[..., JobSnapshot]


@pytest.fixture(params=["memory", pytest.param("valkey", marks=pytest.mark.real)])
async def store(request: pytest.FixtureRequest, memory_store: Any) -> AsyncIterator[Any]:
    if request.param == "memory":
        yield memory_store
        return
    client = open_client(request.getfixturevalue("valkey_url"))
    yield SharedStore(client)
    await client.aclose()


class TestSnapshots:
    async def test_gives_back_what_was_kept(self, store: Any, new_job: JobOf) -> None:
        counts = {"reads": 8, "reused": 2}
        kept = KeptJob("user_1", new_job(uuid4(), counts=counts, error="Line 3: é"), 1.5)
        assert await store.keep(kept)
        assert await store.get(kept.snapshot.id) == kept
        assert await store.get(uuid4()) is None

    async def test_tells_nobody_from_somebody(self, store: Any, new_job: JobOf) -> None:
        kept = KeptJob(None, new_job(uuid4()), 1.0)
        await store.keep(kept)
        assert (await store.get(kept.snapshot.id)).owner_user_id is None

    async def test_a_newer_version_wins_in_any_order(self, store: Any, new_job: JobOf) -> None:
        job = new_job(uuid4())
        versions = [KeptJob("u", job.model_copy(update={"version": v}), v) for v in (3, 1, 12, 9)]
        written = await asyncio.gather(*(store.keep(kept) for kept in versions))
        assert written[2]
        assert (await store.get(job.id)).snapshot.version == 12

    async def test_the_same_version_again_renews_it(self, store: Any, new_job: JobOf) -> None:
        job = new_job(uuid4())
        for kept_at in (1.0, 99.0):
            assert await store.keep(KeptJob("u", job, kept_at))
        assert (await store.get(job.id)).kept_at == 99.0


class TestRates:
    async def test_counts_each_subject_and_policy_apart(self, store: Any) -> None:
        wide, tight = Policy("burst", 3), Policy("auth", 1)
        subject, other = uuid4().hex, uuid4().hex
        taken = [await store.take(wide, subject) for _ in range(4)]
        assert [a.remaining for a in taken] == [2, 1, 0, 0]
        assert [a.allowed for a in taken] == [True, True, True, False]
        assert 0 < taken[-1].reset_seconds <= 60
        assert (await store.take(tight, subject)).allowed
        assert (await store.take(wide, other)).remaining == 2

    async def test_loses_no_count_when_all_come_at_once(self, store: Any) -> None:
        policy, subject = Policy("burst", 10), uuid4().hex
        taken = await asyncio.gather(*(store.take(policy, subject) for _ in range(30)))
        assert sum(a.allowed for a in taken) == 10


async def test_a_new_window_begins_after_the_last() -> None:
    clock = FakeClock()
    limiter = LocalLimiter(clock.monotonic)
    policy = Policy("burst", 1)
    assert (await limiter.take(policy, "u")).allowed
    assert not (await limiter.take(policy, "u")).allowed
    clock.advance(60)
    assert (await limiter.take(policy, "u")).allowed


async def test_a_cache_that_is_away_fails_fast_and_is_left_alone_for_a_while() -> None:
    client = open_client("redis://127.0.0.1:1/0")
    store = SharedStore(client)
    with pytest.raises(DependencyUnavailable):
        await store.get(uuid4())
    # Nothing is asked of the client while the store rests.
    await client.aclose()
    async with asyncio.timeout(0.05):
        with pytest.raises(DependencyUnavailable):
            await store.get(uuid4())
