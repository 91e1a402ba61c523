"""The cache never shows what is known to be old, whatever comes late or at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ab_gateway.adapters.entitlement_cache import EntitlementCache
from ab_gateway.adapters.kept_answers import FRESH
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


class Rights(RuleBasedStateMachine):
    """Versions move on at their owner; questions are answered, and news comes, at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.cache = EntitlementCache(self.clock, most=2)
        self.version = dict.fromkeys(("ada", "bo", "cy"), 0)
        self.told = dict.fromkeys(self.version, 0)
        self.least = dict.fromkeys(self.version, 0)
        self.asked: list[tuple[str, int, int]] = []

    @rule(user=USERS)
    def changes(self, user: str) -> None:
        self.version[user] += 1

    @rule(user=USERS)
    def writes_itself(self, user: str) -> None:
        self.version[user] += 1
        self.cache.drop(user)
        self.least[user] = self.version[user]

    @rule(user=USERS)
    def asks(self, user: str) -> None:
        self.asked.append((user, self.cache.ticket(), self.version[user]))

    @rule(which=st.integers(0, 20))
    def is_answered(self, which: int) -> None:
        if self.asked:
            user, ticket, version = self.asked.pop(which % len(self.asked))
            self.cache.keep(user, answer(version), ticket)

    @rule(user=USERS, back=st.integers(0, 3))
    def hears(self, user: str, back: int) -> None:
        heard = max(1, self.version[user] - back)
        if heard <= self.version[user]:
            self.cache.evict(user, heard)

    @invariant()
    def own_writes_are_never_undone(self) -> None:
        for user, least in self.least.items():
            found = self.cache.find(user)
            assert found is None or found.version >= least


TestRights = Rights.TestCase
