"""What a user may do: every combination of what was bought, what was spent and what is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ab_entitlement.domain.plans import Budget, Plans, plans_with
from ab_entitlement.domain.standing import Usage, derive
from ab_entitlement.domain.subscription import Grant, Subscription
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SOON, PAST, LONG_AGO = NOW + 3 * DAY, NOW - DAY, NOW - 30 * DAY
PLANS = plans_with(2)
FREE, PRO = ("free", 2, False), ("pro", None, True)


def bought(*grants: Grant, fetched_at: datetime | None = NOW, **more: datetime) -> Subscription:
    return Subscription("user", grants, fetched_at=fetched_at, **more)


def paid(expires_at: datetime | None = SOON, **changes: object) -> Grant:
    return replace(Grant("pro", "apple", expires_at=expires_at), **changes)


TRUTH = {
    # name: (subscription, plan and its limits, status, renews_at, source)
    "never bought": (None, FREE, "active", None, None),
    "heard of, never read": (bought(fetched_at=None), FREE, "unknown", None, None),
    "read, nothing there": (bought(), FREE, "active", None, None),
    "active": (bought(paid()), PRO, "active", SOON, "apple"),
    "active, for ever": (bought(paid(None)), PRO, "active", None, "apple"),
    "active under another name": (
        bought(paid(entitlement="entrain_pro")),
        PRO,
        "active",
        SOON,
        "apple",
    ),
    "a name that no plan knows": (bought(paid(entitlement="gems")), FREE, "active", None, None),
    "active, however old the news": (
        bought(paid(), fetched_at=LONG_AGO),
        PRO,
        "active",
        SOON,
        "apple",
    ),
    "for ever, however old the news": (
        bought(paid(None), fetched_at=LONG_AGO),
        PRO,
        "active",
        None,
        "apple",
    ),
    "cancelled, not over": (bought(paid(will_renew=False)), PRO, "active", SOON, "apple"),
    "paused, not over": (bought(paid(will_renew=False)), PRO, "active", SOON, "apple"),
    "paused, over": (bought(paid(PAST, will_renew=False)), FREE, "expired", None, "apple"),
    "ends at this instant": (bought(paid(NOW)), FREE, "expired", None, "apple"),
    "over, and read since": (bought(paid(PAST)), FREE, "expired", None, "apple"),
    "billing issue before expiry": (
        bought(paid(billing_issue_at=PAST)),
        PRO,
        "grace",
        SOON,
        "apple",
    ),
    "in grace": (
        bought(paid(PAST, billing_issue_at=PAST, grace_expires_at=SOON)),
        PRO,
        "grace",
        PAST,
        "apple",
    ),
    "in grace, nobody said why": (
        bought(paid(PAST, grace_expires_at=SOON)),
        PRO,
        "grace",
        PAST,
        "apple",
    ),
    "grace that ends before expiry": (
        bought(paid(billing_issue_at=PAST, grace_expires_at=PAST)),
        PRO,
        "grace",
        SOON,
        "apple",
    ),
    "grace over": (
        bought(paid(LONG_AGO, billing_issue_at=LONG_AGO, grace_expires_at=NOW)),
        FREE,
        "expired",
        None,
        "apple",
    ),
    "refunded": (bought(paid(refunded_at=PAST)), FREE, "expired", None, "apple"),
    "refunded, by a clock ahead of ours": (
        bought(paid(refunded_at=SOON)),
        FREE,
        "expired",
        None,
        "apple",
    ),
    "refunded in grace": (
        bought(paid(PAST, grace_expires_at=SOON, refunded_at=PAST)),
        FREE,
        "expired",
        None,
        "apple",
    ),
    "refund taken back": (bought(paid(refunded_at=None)), PRO, "active", SOON, "apple"),
    "temporary grant": (bought(temporary_until=SOON), PRO, "active", SOON, "revenuecat"),
    "temporary grant, over": (bought(temporary_until=NOW), FREE, "active", None, None),
    "temporary grant, never read": (
        bought(fetched_at=None, temporary_until=SOON),
        PRO,
        "active",
        SOON,
        "revenuecat",
    ),
    "temporary grant beside an old one": (
        bought(paid(LONG_AGO), temporary_until=SOON),
        PRO,
        "active",
        SOON,
        "revenuecat",
    ),
    "renewal due, not read since": (
        bought(paid(PAST), fetched_at=LONG_AGO),
        PRO,
        "unknown",
        None,
        "apple",
    ),
    "renewal due, never read": (bought(paid(PAST), fetched_at=None), PRO, "unknown", None, "apple"),
    "renewal due, stale beyond the bound": (
        bought(paid(NOW - PLANS.optimism), fetched_at=LONG_AGO),
        FREE,
        "expired",
        None,
        "apple",
    ),
    "cancelled, not read since": (
        bought(paid(PAST, will_renew=False), fetched_at=LONG_AGO),
        FREE,
        "expired",
        None,
        "apple",
    ),
    "unpaid, not read since": (
        bought(paid(PAST, billing_issue_at=LONG_AGO), fetched_at=LONG_AGO),
        FREE,
        "expired",
        None,
        "apple",
    ),
    "sandbox in production": (bought(paid(is_sandbox=True)), FREE, "active", None, None),
    "sandbox beside a real one": (
        bought(paid(None, is_sandbox=True), paid(source="google")),
        PRO,
        "active",
        SOON,
        "google",
    ),
    "given by an operator": (
        bought(paid(None, source="internal"), fetched_at=None),
        PRO,
        "active",
        None,
        "internal",
    ),
    "the best of several": (
        bought(paid(PAST), paid(PAST, grace_expires_at=SOON, source="stripe"), paid()),
        PRO,
        "active",
        SOON,
        "apple",
    ),
    "the longer of two": (
        bought(paid(SOON), paid(SOON + DAY, source="google")),
        PRO,
        "active",
        SOON + DAY,
        "google",
    ),
    "a product change": (
        bought(paid(PAST, product_id="monthly"), paid(SOON, product_id="yearly")),
        PRO,
        "active",
        SOON,
        "apple",
    ),
    "the end of time": (
        bought(paid(datetime.max.replace(tzinfo=UTC))),
        PRO,
        "active",
        datetime.max.replace(tzinfo=UTC),
        "apple",
    ),
    "the beginning of time": (
        bought(paid(datetime.min.replace(tzinfo=UTC)), fetched_at=None),
        FREE,
        "expired",
        None,
        "apple",
    ),
}


@pytest.mark.parametrize("name", TRUTH)
def test_truth_table(name: str) -> None:
    subscription, limits, *expected = TRUTH[name]
    found = derive(PLANS, subscription, Usage(), NOW)
    assert (found.plan, found.daily_generations, found.offline_downloads) == limits
    assert [found.status, found.renews_at, found.source] == expected
    assert found.remaining_today == found.daily_generations
    assert found.mixdown_minutes == (180 if found.plan == "pro" else 0)


def test_sandbox_counts_where_the_deployment_says_so() -> None:
    subscription = bought(paid(is_sandbox=True))
    found = derive(replace(PLANS, accept_sandbox=True), subscription, Usage(), NOW)
    assert (found.plan, found.status) == ("pro", "active")


@pytest.mark.parametrize(("used", "remaining"), [(0, 2), (1, 1), (2, 0), (3, 0), (99, 0), (-3, 5)])
def test_what_remains(used: int, remaining: int) -> None:
    assert derive(PLANS, None, Usage(used), NOW).remaining_today == remaining
    assert derive(PLANS, bought(paid()), Usage(used), NOW).remaining_today is None


@given(used=st.integers(0, 10**12), free=st.integers(0, 10**9))
def test_what_remains_is_never_negative_and_never_more_than_the_plan(used: int, free: int) -> None:
    found = derive(plans_with(free), None, Usage(used), NOW)
    assert found.remaining_today == max(0, free - used) <= free


instants = st.none() | st.datetimes(timezones=st.just(UTC))
grants = st.builds(
    Grant,
    entitlement=st.sampled_from(["pro", "premium", "gems"]),
    source=st.sampled_from(["apple", "google", "internal"]),
    expires_at=instants,
    grace_expires_at=instants,
    billing_issue_at=instants,
    refunded_at=instants,
    will_renew=st.booleans(),
    is_sandbox=st.booleans(),
)
subscriptions = st.none() | st.builds(
    Subscription,
    user_id=st.just("user"),
    grants=st.lists(grants, max_size=4).map(tuple),
    temporary_until=instants,
    fetched_at=instants,
)


@given(subscription=subscriptions, now=st.datetimes(timezones=st.just(UTC)))
def test_any_dates_give_one_plan_and_a_status_that_fits_it(
    subscription: Subscription | None, now: datetime
) -> None:
    # Within a day of the end of time there is no next day.
    now = min(now, datetime(9999, 12, 30, tzinfo=UTC))
    found = derive(PLANS, subscription, Usage(), now)
    fits = {"pro": {"active", "grace", "unknown"}, "free": {"active", "expired", "unknown"}}
    assert found.status in fits[found.plan]
    assert (found.source is None) <= (found.plan == "free")
    assert (found.renews_at is not None) <= (found.plan == "pro")


def test_a_budget_ends_with_its_last_character_or_second() -> None:
    budget = Budget(characters=100, rendered_seconds=2)
    plans = Plans(free=replace(PLANS.free, budget=budget), pro=PLANS.pro)
    for usage, within in [
        (Usage(characters=99, rendered_ms=1999), True),
        (Usage(characters=100), False),
        (Usage(rendered_ms=2000), False),
    ]:
        assert derive(plans, None, usage, NOW).within_budget is within
    assert derive(plans, bought(paid()), Usage(characters=10**15), NOW).within_budget


def test_it_carries_the_next_midnight_and_its_version() -> None:
    found = derive(PLANS, None, Usage(), NOW, zone="Pacific/Auckland", version=7)
    assert found.resets_at == datetime(2026, 1, 6, 11, tzinfo=UTC)
    assert found.version == 7
