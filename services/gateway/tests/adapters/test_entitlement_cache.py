"""The cache never shows what is known to be old, whatever comes late or at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ab_gateway.adapters.entitlement_cache import EntitlementCache
from ab_gateway.adapters.kept_answers import FRESH, IN_FLIGHT
from ab_shared.contracts.rpc import Entitlement
from ab_shared.testing.clock import FakeClock
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

USERS = st.sampled_from(["ada", "bo", "cy"])


def answer(version: int, **changes: Any) -> Entitlement:
    return Entitlement(
        plan="free",
        status="active",
        daily_generations=2,
        remaining_today=2,
        offline_downloads=False,
        version=version,
        **changes,
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache(clock: FakeClock) -> EntitlementCache:
    return EntitlementCache(clock)


def test_what_is_kept_is_found_for_a_while(cache: EntitlementCache, clock: FakeClock) -> None:
    assert cache.find("ada") is None
    assert cache.keep("ada", answer(1), cache.ticket())
    assert cache.find("ada") == answer(1)
    assert cache.find("bo") is None
    clock.advance(FRESH.total_seconds())
    assert cache.find("ada") is None


@pytest.mark.parametrize("turn", ["resets_at", "renews_at"])
def test_it_holds_no_longer_than_the_day_or_the_subscription(
    cache: EntitlementCache, clock: FakeClock, turn: str
) -> None:
    soon = answer(1, **{turn: clock() + timedelta(seconds=2)})
    past = answer(1, **{turn: clock() - timedelta(days=1)})
    cache.keep("ada", soon, cache.ticket())
    cache.keep("bo", past, cache.ticket())
    clock.advance(2)
    assert cache.find("ada") is None
    assert cache.find("bo") == past


def test_news_evicts_and_its_echo_does_not(cache: EntitlementCache) -> None:
    cache.keep("ada", answer(1), cache.ticket())
    cache.evict("ada", 2)
    assert cache.find("ada") is None
    assert cache.keep("ada", answer(3), cache.ticket())
    for late in (1, 2, 3):
        cache.evict("ada", late)
        assert cache.find("ada") == answer(3)


def test_an_answer_that_news_overtook_is_not_kept(cache: EntitlementCache) -> None:
    ticket = cache.ticket()
    cache.evict("ada", 2)
    assert not cache.keep("ada", answer(1), ticket)
    assert cache.find("ada") is None
    assert cache.keep("ada", answer(2), ticket)


def test_an_answer_from_before_an_own_write_is_not_kept(cache: EntitlementCache) -> None:
    ticket = cache.ticket()
    cache.drop("ada")
    assert not cache.keep("ada", answer(1), ticket)
    assert cache.keep("bo", answer(1), ticket)
    assert cache.keep("ada", answer(1), cache.ticket())


def test_news_without_a_version_is_a_drop(cache: EntitlementCache) -> None:
    cache.keep("ada", answer(5), cache.ticket())
    ticket = cache.ticket()
    cache.evict("ada", 0)
    assert cache.find("ada") is None
    assert not cache.keep("ada", answer(5), ticket)


def test_it_is_bounded_and_forgets_safely(clock: FakeClock) -> None:
    cache = EntitlementCache(clock, most=2)
    ticket = cache.ticket()
    cache.drop("ada")
    for user in ("bo", "cy"):
        cache.keep(user, answer(1), cache.ticket())
    # That ada was dropped is forgotten; that somebody was is not.
    assert not cache.keep("ada", answer(1), ticket)
    assert [cache.find(user) is not None for user in ("bo", "cy")] == [True, True]


def test_a_full_memory_still_keeps_what_was_being_asked_for(clock: FakeClock) -> None:
    cache = EntitlementCache(clock, most=2)
    ticket = cache.ticket()
    for user in ("bo", "cy", "di"):
        assert cache.keep(user, answer(1), cache.ticket())
    assert cache.keep("ada", answer(1), ticket)
    assert cache.find("ada") == answer(1)


def test_a_full_memory_forgets_no_news(clock: FakeClock) -> None:
    cache = EntitlementCache(clock, most=2)
    cache.keep("ada", answer(2), cache.ticket())
    ticket = cache.ticket()
    # An echo of what is kept is news all the same: who asked before it may have an older answer.
    cache.evict("ada", 2)
    for user in ("bo", "cy"):
        cache.keep(user, answer(1), cache.ticket())
    assert not cache.keep("ada", answer(1), ticket)
    assert cache.keep("ada", answer(2), cache.ticket())


def test_news_of_what_nobody_asked_for_takes_no_room(clock: FakeClock) -> None:
    cache = EntitlementCache(clock, most=2)
    for user in ("ada", "bo"):
        cache.keep(user, answer(1), cache.ticket())
    clock.advance(IN_FLIGHT.total_seconds() - FRESH.total_seconds() / 2)
    for user in ("ada", "bo"):
        cache.keep(user, answer(1), 0)
    clock.advance(FRESH.total_seconds() - 1)
    for number in range(5):
        cache.evict(f"stranger {number}", 1)
        cache.drop(f"stranger {number}")
    assert cache.find("ada") == cache.find("bo") == answer(1)


class Rights(RuleBasedStateMachine):
    """Versions move on at their owner; questions are answered, and news comes, at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.cache = EntitlementCache(self.clock, most=2)
        self.version = dict.fromkeys(("ada", "bo", "cy"), 0)
        self.told = dict.fromkeys(self.version, 0)
        self.least = dict.fromkeys(self.version, 0)
        self.asked: list[tuple[str, int, int, int]] = []
        self.seen = dict.fromkeys(self.version, 0)
        self.news = 0

    @rule(user=USERS)
    def changes(self, user: str) -> None:
        self.version[user] += 1

    @rule(user=USERS)
    def writes_itself(self, user: str) -> None:
        self.version[user] += 1
        self.cache.drop(user)
        self.news += 1
        self.least[user] = self.version[user]

    @rule(user=USERS)
    def asks(self, user: str) -> None:
        self.asked.append((user, self.cache.ticket(), self.version[user], self.news))

    @rule(which=st.integers(0, 20))
    def is_answered(self, which: int) -> None:
        if self.asked:
            user, ticket, version, news = self.asked.pop(which % len(self.asked))
            kept = self.cache.keep(user, answer(version), ticket)
            # However full the memory is: only what is, or may be, known to be old is not kept.
            assert kept or news < self.news or version < self.seen[user]
            if kept:
                self.seen[user] = version

    @rule(user=USERS, back=st.integers(0, 3))
    def hears(self, user: str, back: int) -> None:
        heard = max(1, self.version[user] - back)
        if heard <= self.version[user]:
            self.cache.evict(user, heard)
            self.news += 1
            self.told[user] = max(self.told[user], heard)

    @invariant()
    def own_writes_are_never_undone(self) -> None:
        for user, least in self.least.items():
            found = self.cache.find(user)
            assert found is None or found.version >= max(least, self.told[user])


TestRights = Rights.TestCase
