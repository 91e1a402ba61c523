"""What gateway processes share: Valkey, and its stand-in held to the same tests."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
from ab_gateway.adapters.local_limiter import LocalLimiter
from ab_gateway.adapters.shared_cache import SharedCache
from ab_gateway.adapters.stored_answers import AnswerStore
from ab_gateway.adapters.valkey import SharedStore, open_client
from ab_gateway.domain.jobs import KeptJob
from ab_gateway.domain.rates import Allowance, Policy, Wish
from ab_gateway.domain.request_keys import Keyed
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import DependencyUnavailable
from ab_shared.testing.clock import FakeClock
from hypothesis import given
from hypothesis import strategies as st

JobOf = Callable[..., JobSnapshot]


@pytest.fixture(params=["memory", pytest.param("valkey", marks=pytest.mark.real)])
async def store(request: pytest.FixtureRequest, memory_store: Any) -> AsyncIterator[Any]:
    if request.param == "memory":
        yield memory_store
        return
    client = open_client(request.getfixturevalue("valkey_url"))
    yield SharedStore(client, SharedCache())
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

    async def test_forgets_all_of_one_owner_and_nothing_else(
        self, store: Any, new_job: JobOf
    ) -> None:
        gone, other = f"user_{uuid4().hex}", f"user_{uuid4().hex}"
        theirs = [new_job(uuid4()) for _ in range(3)]
        rest = {name: new_job(uuid4()) for name in (other, None)}
        for job in (*theirs, theirs[0]):
            await store.keep(KeptJob(gone, job, 1.0))
        for owner, job in rest.items():
            await store.keep(KeptJob(owner, job, 1.0))
        assert await store.forget_user(gone) == 3
        assert [await store.get(job.id) for job in theirs] == [None] * 3
        assert all([await store.get(job.id) for job in rest.values()])
        assert await store.forget_user(gone) == 0


@pytest.mark.real
async def test_forgetting_looks_through_nobody_elses_and_leaves_nothing(
    valkey_url: str, new_job: JobOf
) -> None:
    client = open_client(valkey_url)
    store, user, job = SharedStore(client, SharedCache()), f"user_{uuid4().hex}", new_job(uuid4())
    await store.keep(KeptJob(user, job, 1.0))
    index = f"ab:gateway:owned:{hashlib.sha256(user.encode()).hexdigest()[:32]}"
    assert 0 < await client.ttl(index) <= await client.ttl(f"ab:gateway:job:{job.id}")
    scans = await calls_of(client, "scan")
    assert await store.forget_user(user) == 1
    assert await calls_of(client, "scan") == scans
    assert not await client.exists(index)
    # What was on its way is not kept after it.
    assert not await store.keep(KeptJob(user, job, 2.0))
    assert not await client.exists(index)
    await client.aclose()


async def calls_of(client: Any, command: str) -> int:
    stats = await client.info("commandstats")
    return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])


async def take(limiter: Any, policy: Policy, subject: str) -> Allowance:
    (found,) = await limiter.take([Wish(policy, subject)])
    return found


class TestRates:
    async def test_counts_each_subject_and_policy_apart(self, store: Any) -> None:
        wide, tight = Policy("burst", 3), Policy("auth", 1)
        subject, other = uuid4().hex, uuid4().hex
        taken = [await take(store, wide, subject) for _ in range(4)]
        assert [a.remaining for a in taken] == [2, 1, 0, 0]
        assert [a.allowed for a in taken] == [True, True, True, False]
        assert 0 < taken[-1].reset_seconds <= 120
        assert (await take(store, tight, subject)).allowed
        assert (await take(store, wide, other)).remaining == 2

    async def test_loses_no_count_when_all_come_at_once(self, store: Any) -> None:
        policy, subject = Policy("burst", 10), uuid4().hex
        taken = await asyncio.gather(*(take(store, policy, subject) for _ in range(150)))
        assert sum(a.allowed for a in taken) == 10

    async def test_answers_each_who_asks_at_once_for_itself(self, store: Any) -> None:
        subjects = [uuid4().hex for _ in range(100)]
        policies = [Policy("burst", 1 + n) for n in range(100)]
        pairs = list(zip(policies, subjects, strict=True))
        taken = await asyncio.gather(*(take(store, p, s) for p, s in pairs))
        assert [a.remaining for a in taken] == list(range(100))

    async def test_who_is_refused_by_one_policy_spends_nothing_of_another(self, store: Any) -> None:
        wide, tight, subject = Policy("burst", 9), Policy("create", 2), uuid4().hex
        both = [Wish(wide, subject), Wish(tight, subject)]
        for _ in range(2):
            assert all(a.allowed for a in await store.take(both))
        for _ in range(3):
            assert [a.allowed for a in await store.take(both)] == [True, False]
        assert (await take(store, wide, subject)).remaining == 6


class TestWindows:
    """The same arithmetic stands in the script and in the process."""

    async def test_a_full_window_counts_less_and_less_in_the_next(self) -> None:
        clock = FakeClock()
        limiter, policy = LocalLimiter(clock.monotonic), Policy("burst", 10)
        start_of_a_window(clock)
        assert [(await take(limiter, policy, "u")).allowed for _ in range(11)].count(True) == 10
        for passed, room in ((60, 0), (6, 1), (24, 4), (30, 5)):
            clock.advance(passed)
            taken = [await take(limiter, policy, "u") for _ in range(11)]
            assert sum(a.allowed for a in taken) == room, passed

    @pytest.mark.parametrize("quota", [1, 2, 7, 100])
    async def test_who_comes_back_when_told_is_served(self, quota: int) -> None:
        clock = FakeClock()
        limiter, policy = LocalLimiter(clock.monotonic), Policy("burst", quota)
        clock.advance(41)
        for _ in range(5):
            while (found := await take(limiter, policy, "u")).allowed:
                pass
            assert 1 <= found.reset_seconds <= 120
            clock.advance(found.reset_seconds)
            assert (await take(limiter, policy, "u")).allowed

    @given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 5)), max_size=60))
    def test_no_window_ever_lets_much_more_than_the_quota_through(
        self, steps: list[tuple[float, int]]
    ) -> None:
        clock = FakeClock()
        limiter, policy, served = LocalLimiter(clock.monotonic), Policy("burst", 10), []
        for pause, tries in steps:
            clock.advance(pause)
            taken = [asyncio.run(take(limiter, policy, "u")) for _ in range(tries)]
            served += [clock.monotonic() for found in taken if found.allowed]
        for end in served:
            # The window before is taken as if its requests had come evenly.
            assert sum(end - 60 < at <= end for at in served) <= 15

    @pytest.mark.real
    async def test_the_script_counts_as_the_process_does(self, valkey_url: str) -> None:
        client = open_client(valkey_url)
        store, policy, subject = (
            SharedStore(client, SharedCache()),
            Policy("burst", 5, 1),
            uuid4().hex,
        )
        seen: list[tuple[float, bool]] = []
        for _ in range(60):
            found = await take(store, policy, subject)
            seen.append((time.monotonic(), found.allowed))
            await asyncio.sleep(0.05)
        await client.aclose()
        served = [at for at, allowed in seen if allowed]
        # Of 3 s at most 21; a busy machine takes longer for its sixty.
        assert 10 <= len(served) <= 5 * (seen[-1][0] - seen[0][0]) + 6
        assert all(sum(end - 1 < at <= end for at in served) <= 8 for end in served)


def start_of_a_window(clock: FakeClock) -> None:
    clock.advance(60 - clock.monotonic() % 60)


class Hanging:
    """A driver that hangs once until it is let go, and then has failed."""

    def __init__(self) -> None:
        self.asked = 0
        self.began, self.fail = asyncio.Event(), asyncio.Event()

    def register_script(self, _script: str) -> Any:
        return self

    async def __call__(self, **_what: Any) -> Any:
        self.asked += 1
        self.began.set()
        await self.fail.wait()
        raise TimeoutError


async def test_a_crowd_waits_one_timeout_for_a_cache_that_hangs() -> None:
    driver: Any = Hanging()
    store = SharedStore(driver, SharedCache())
    wish = Wish(Policy("burst", 5), "u")
    crowd = [asyncio.create_task(store.take([wish])) for _ in range(200)]
    await driver.began.wait()
    driver.fail.set()
    answers = await asyncio.gather(*crowd, return_exceptions=True)
    assert all(isinstance(answer, DependencyUnavailable) for answer in answers)
    assert driver.asked == 1


async def test_an_outage_is_paid_for_once_by_all_that_stand_on_the_cache() -> None:
    client, cache = open_client("redis://127.0.0.1:1/0"), SharedCache()
    with pytest.raises(DependencyUnavailable):
        await SharedStore(client, cache).get(uuid4())
    await client.aclose()
    driver: Any = Hanging()
    once = Keyed("user_1", "POST /sessions", uuid4().hex, b"body")
    with pytest.raises(DependencyUnavailable):
        await AnswerStore(driver, cache).claim(once, "a")
    assert driver.asked == 0


async def test_a_cache_that_is_away_fails_fast_and_is_left_alone_for_a_while() -> None:
    client = open_client("redis://127.0.0.1:1/0")
    store = SharedStore(client, SharedCache())
    with pytest.raises(DependencyUnavailable):
        await store.get(uuid4())
    # Nothing is asked of the client while the store rests.
    await client.aclose()
    async with asyncio.timeout(0.05):
        with pytest.raises(DependencyUnavailable):
            await store.get(uuid4())
