"""The state machine of one reservation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.domain.reservation import HOLD, Reservation, State, day_of, reserve
from ab_entitlement.domain.standing import Standing, entitlement
from ab_shared.contracts.rpc import Entitlement
from ab_shared.errors import Conflict, FreeLimitReached
from hypothesis import given
from hypothesis import strategies as st

ID = UUID(int=1)
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PENDING = Reservation(ID, "user", NOW.date(), State.PENDING, NOW)
COMMITTED = PENDING.settled("committed", NOW)
RELEASED = PENDING.settled("released", NOW)


def allowed(used: int = 0, free: int = 2) -> Entitlement:
    return entitlement(Standing(None, used), plans_with(free), NOW)


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


@pytest.mark.parametrize("found", [PENDING, COMMITTED])
def test_what_is_held_is_not_spent_again_even_on_a_spent_day(found: Reservation) -> None:
    assert reserve(found, ID, "user", allowed(used=2), NOW) is found


@pytest.mark.parametrize("found", [None, RELEASED, replace(PENDING, reserved_at=NOW - HOLD)])
def test_what_is_not_held_is_taken_from_today(found: Reservation | None) -> None:
    assert reserve(found, ID, "user", allowed(used=1), NOW) == PENDING
    with pytest.raises(FreeLimitReached) as refusal:
        reserve(found, ID, "user", allowed(used=2), NOW)
    assert refusal.value.details == {"dailyGenerations": 2, "renewsAt": "2026-01-06T00:00:00Z"}


def test_a_pending_one_lapses_after_an_hour_and_a_commit_then_still_counts() -> None:
    later = NOW + HOLD
    assert PENDING.counts(later - timedelta(microseconds=1))
    assert not PENDING.counts(later)
    assert PENDING.settled("committed", later).counts(later)


def test_an_id_belongs_to_one_user() -> None:
    with pytest.raises(Conflict):
        reserve(PENDING, ID, "other", allowed(), NOW)


def test_days_are_utc_days() -> None:
    assert day_of(datetime.fromisoformat("2026-01-05T23:30:00-05:00")) == date(2026, 1, 6)
