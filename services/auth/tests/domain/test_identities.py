"""Who has left, and when a comparison is due, held, begun and believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ab_auth.domain.identities import (
    Comparison,
    ComparisonState,
    Departure,
    Outsider,
    too_many_missing,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ISSUER = "https://clerk.example.org"


def test_somebody_erased_here_is_back_with_a_later_token_only() -> None:
    left = Departure(NOW, gone=False)
    assert left.bars(None)
    assert left.bars(NOW)
    assert not left.bars(NOW + timedelta(seconds=1))
    assert Departure(NOW, gone=True).bars(NOW + DAY)


@pytest.mark.parametrize(
    ("user_id", "subject"),
    [("user_2a", "user_2a"), ("clerk:user_2a", "user_2a"), ("b-2:a:b", "a:b"), (":a", ":a")],
)
def test_a_subject_stands_behind_the_prefix(user_id: str, subject: str) -> None:
    assert Outsider.named(ISSUER, user_id).subject == subject


def test_what_is_remembered_of_somebody_is_of_one_issuer() -> None:
    who = Outsider(ISSUER, "user_2a", "user_2a")
    other = Outsider("https://other.example.org", "user_2a", "other:user_2a")
    assert who.digest != other.digest
    assert b"user_2a" not in who.digest


@given(missing=st.integers(0, 500), known=st.integers(0, 500), percent=st.integers(0, 99))
def test_a_comparison_never_believes_that_everybody_or_too_many_left(
    missing: int, known: int, percent: int
) -> None:
    missing = min(missing, known)
    believed = too_many_missing(missing, known, percent) is None
    if believed and missing:
        assert missing < known
        assert missing == 1 or missing * 100 <= known * percent
    if missing == 0:
        assert believed


def test_somebody_can_vouch_for_everybody_being_gone() -> None:
    assert too_many_missing(3, 3, 99) == "the issuer lists none of our users"
    assert too_many_missing(3, 3, 100) is None
    assert too_many_missing(6, 100, 5) == "6 of 100 users are missing, more than 5 %"


def test_one_at_a_time_until_the_lease_runs_out() -> None:
    held = Comparison(ISSUER).begun(NOW).held("one", NOW + timedelta(minutes=5))
    assert held.free_for("one", NOW)
    assert not held.free_for("two", NOW)
    assert held.free_for("two", NOW + timedelta(minutes=5))


def test_it_resumes_what_broke_off_and_begins_anew_what_is_old() -> None:
    begun = Comparison(ISSUER).begun(NOW)
    far = Comparison(ISSUER, ComparisonState.RUNNING, started_at=begun.started_at, place=400)
    assert far.begun(NOW + timedelta(hours=1)).place == 400
    assert far.begun(NOW + DAY).place == 0
    assert far.is_due(NOW)


def test_a_failure_comes_back_soon_and_later_each_time_where_it_stopped() -> None:
    failed = Comparison(ISSUER, place=200).begun(NOW)
    waits = []
    for _ in range(8):
        failed = failed.failed(NOW, "away")
        assert failed.due_at is not None
        waits.append((failed.due_at - NOW).total_seconds() / 60)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert failed.holder is None
    assert failed.ended(NOW, DAY).failures == 0


def test_an_end_comes_a_day_later_and_a_voucher_counts_once() -> None:
    asked = Comparison(ISSUER).asked_for(NOW, 50)
    assert asked.is_due(NOW)
    refused = asked.begun(NOW).refused(NOW, DAY, "none")
    assert (refused.state, refused.reason) == (ComparisonState.REFUSED, "none")
    assert refused.most_missing_percent is None
    assert not refused.is_due(NOW + timedelta(hours=23))
    assert refused.is_due(NOW + DAY)
