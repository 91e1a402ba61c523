"""Every combination of what was bought and what was spent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.domain.standing import Standing, Subscription, entitlement
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SOON, PAST = NOW + timedelta(days=3), NOW - timedelta(days=3)
FOREVER = Subscription("internal")
PAID = Subscription("apple", expires_at=SOON)
ENDS_NOW = Subscription("apple", expires_at=NOW)
LAPSED = Subscription("google", expires_at=PAST)
IN_GRACE = Subscription("stripe", expires_at=PAST, grace_until=SOON)
GRACE_OVER = Subscription("stripe", expires_at=PAST, grace_until=NOW)

TRUTH = [
    # subscription, used | plan, status, renews_at, source, daily, remaining, offline
    (None, 0, "free", "active", None, None, 2, 2, False),
    (None, 1, "free", "active", None, None, 2, 1, False),
    (None, 2, "free", "active", None, None, 2, 0, False),
    (None, 3, "free", "active", None, None, 2, 0, False),
    (FOREVER, 99, "pro", "active", None, "internal", None, None, True),
    (PAID, 0, "pro", "active", SOON, "apple", None, None, True),
    (PAID, 99, "pro", "active", SOON, "apple", None, None, True),
    (ENDS_NOW, 0, "free", "expired", None, "apple", 2, 2, False),
    (LAPSED, 1, "free", "expired", None, "google", 2, 1, False),
    (LAPSED, 99, "free", "expired", None, "google", 2, 0, False),
    (IN_GRACE, 99, "pro", "grace", PAST, "stripe", None, None, True),
    (GRACE_OVER, 0, "free", "expired", None, "stripe", 2, 2, False),
]


@pytest.mark.parametrize("row", TRUTH)
def test_truth_table(row: tuple) -> None:
    subscription, used, *expected = row
    found = entitlement(Standing(subscription, used), plans_with(2), NOW)
    assert [
        found.plan,
        found.status,
        found.renews_at,
        found.source,
        found.daily_generations,
        found.remaining_today,
        found.offline_downloads,
    ] == expected
    assert found.max_session_length_sec is None


@given(used=st.integers(0, 10_000), free=st.integers(0, 10_000))
def test_what_remains_is_never_negative_and_never_more_than_the_plan(used: int, free: int) -> None:
    found = entitlement(Standing(None, used), plans_with(free), NOW)
    assert found.remaining_today == max(0, free - used) <= free
