"""The state machine of one reservation, and what it writes into the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from ab_entitlement.domain.ledger import balance, drift, entries
from ab_entitlement.domain.plans import Budget, Plans, plans_with
from ab_entitlement.domain.reservation import Reservation, State
from ab_entitlement.domain.reserving import reserve
from ab_entitlement.domain.standing import Usage, derive
from ab_entitlement.domain.subscription import Grant, Subscription
from ab_shared.contracts.rpc import ReserveGeneration
from ab_shared.errors import (
    Conflict,
    EntitlementRequired,
    FreeLimitReached,
    RateLimited,
    SessionTooLong,
)
from hypothesis import given
from hypothesis import strategies as st

ID = UUID(int=1)
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PENDING = Reservation(ID, "user", NOW.date(), State.PENDING, NOW, NOW + HOUR)
COMMITTED = PENDING.settled("committed", NOW)
RELEASED = PENDING.settled("released", NOW)
WANTED = ReserveGeneration(reservation_id=ID, user_id="user")
PAYER = Subscription("user", (Grant("pro", "apple"),), fetched_at=NOW)


def asked(
    found: Reservation | None = None,
    wanted: ReserveGeneration = WANTED,
    usage: Usage | None = None,
    plans: Plans | None = None,
    subscription: Subscription | None = None,
) -> Reservation:
    plans, usage = plans or plans_with(2), usage or Usage()
    allowed = derive(plans, subscription, usage, NOW)
    return reserve(found, wanted, allowed, usage, plans, NOW)


@pytest.mark.parametrize(
    ("before", "outcome", "after"),
    [
        (PENDING, "committed", State.COMMITTED),
        (PENDING, "released", State.RELEASED),
        (RELEASED, "committed", State.COMMITTED),
        (RELEASED, "released", State.RELEASED),
        (COMMITTED, "committed", State.COMMITTED),
        (COMMITTED, "released", State.COMMITTED),
    ],
)
def test_settling(before: Reservation, outcome: str, after: State) -> None:
    settled = before.settled(outcome, NOW + timedelta(minutes=5))
    assert settled.state is after
    assert (settled.day, settled.reserved_at) == (before.day, before.reserved_at)


@given(st.lists(st.sampled_from(["committed", "released"]), min_size=1, max_size=8))
def test_in_any_order_and_number_a_commit_wins(outcomes: list[str]) -> None:
    found = PENDING
    for outcome in outcomes:
        found = found.settled(outcome, NOW)
    assert (found.state is State.COMMITTED) == ("committed" in outcomes)


def test_settling_again_changes_nothing_at_all() -> None:
    assert COMMITTED.settled("committed", NOW + timedelta(days=1)) is COMMITTED


def test_a_pending_one_counts_until_it_expires_and_a_committed_one_for_ever() -> None:
    assert PENDING.counts(NOW + HOUR - timedelta(microseconds=1))
    assert not PENDING.counts(NOW + HOUR)
    assert COMMITTED.counts(NOW + 9 * HOUR)
    assert not RELEASED.counts(NOW)


@pytest.mark.parametrize("found", [PENDING, COMMITTED])
def test_what_is_held_is_not_spent_again_even_on_a_spent_day(found: Reservation) -> None:
    assert asked(found, usage=Usage(2)) is found


LAPSED = replace(PENDING, reserved_at=NOW - HOUR, expires_at=NOW)


@pytest.mark.parametrize("found", [None, RELEASED, LAPSED])
def test_what_is_not_held_is_taken_from_today(found: Reservation | None) -> None:
    assert asked(found, usage=Usage(1)) == PENDING
    with pytest.raises(FreeLimitReached) as refusal:
        asked(found, usage=Usage(2))
    assert refusal.value.details == {"dailyGenerations": 2, "renewsAt": "2026-01-06T00:00:00Z"}


def test_a_reservation_belongs_to_one_user() -> None:
    with pytest.raises(Conflict):
        asked(replace(PENDING, user_id="other"))


def test_more_lines_than_the_plan_holds_are_refused() -> None:
    free = replace(plans_with(2).free, lines_per_session=4)
    plans = Plans(free=free, pro=plans_with(2).pro)
    wanted = WANTED.model_copy(update={"lines": 5})
    with pytest.raises(SessionTooLong) as refusal:
        asked(wanted=wanted, plans=plans)
    assert refusal.value.details == {"linesPerSession": 4, "lines": 5}
    assert asked(wanted=wanted, plans=plans, subscription=PAYER)
    assert asked(wanted=wanted.model_copy(update={"lines": 4}), plans=plans)


def test_a_voice_the_plan_does_not_hold_is_refused() -> None:
    free = replace(plans_with(2).free, voices=frozenset({"nova"}))
    plans = Plans(free=free, pro=plans_with(2).pro)
    wanted = WANTED.model_copy(update={"voice_id": "onyx"})
    with pytest.raises(EntitlementRequired):
        asked(wanted=wanted, plans=plans)
    assert asked(wanted=wanted, plans=plans, subscription=PAYER)
    assert asked(wanted=wanted.model_copy(update={"voice_id": "nova"}), plans=plans)


def test_a_budget_counts_what_running_jobs_may_still_cost() -> None:
    free = replace(plans_with(9).free, budget=Budget(characters=100, rendered_seconds=60))
    pro = replace(plans_with(9).pro, budget=Budget(characters=100, rendered_seconds=60))
    plans = Plans(free=free, pro=pro)
    wanted = WANTED.model_copy(update={"characters": 40})
    assert asked(wanted=wanted, plans=plans, usage=Usage(characters=30, promised_characters=30))
    for usage in (
        Usage(characters=30, promised_characters=31),
        Usage(characters=100),
        Usage(rendered_ms=60_000),
    ):
        with pytest.raises(FreeLimitReached, match="budget") as refusal:
            asked(wanted=wanted, plans=plans, usage=usage)
        assert refusal.value.details["dailyCharacters"] == 100
        with pytest.raises(RateLimited, match="budget") as coming_back:
            asked(wanted=wanted, plans=plans, usage=usage, subscription=PAYER)
        assert coming_back.value.details["retry_after"] == 12 * 3600


def test_every_change_is_written_with_what_it_took() -> None:
    rows = [
        (None, PENDING, "reserve", [1]),
        (PENDING, COMMITTED, "commit", [0]),
        (PENDING, RELEASED, "release", [-1]),
        (RELEASED, COMMITTED, "commit", [1]),
        (RELEASED, PENDING, "reserve", [1]),
        (PENDING, RELEASED, "lapse", [-1]),
    ]
    for before, after, kind, amounts in rows:
        assert [entry.amount for entry in entries(before, after, kind, NOW)] == amounts


def test_a_hold_that_expired_unseen_is_given_back_to_its_own_day() -> None:
    yesterday = date(2026, 1, 4)
    seen = replace(LAPSED, day=yesterday)
    written = [*entries(None, seen, "reserve", NOW), *entries(seen, PENDING, "reserve", NOW)]
    assert balance(written, yesterday) == 0
    assert balance(written, NOW.date()) == 1
    assert drift([PENDING], written) == 0


def test_drift_is_seen_from_either_side() -> None:
    written = list(entries(None, PENDING, "reserve", NOW))
    assert drift([PENDING], written) == 0
    assert drift([PENDING], written * 2) == 1
    assert drift([], written) == 1
    assert drift([PENDING], []) == 1
    assert drift([replace(PENDING, day=date(2026, 1, 4))], written) == 2
