"""Until when a plan lasts agrees with what is derived at every instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ab_entitlement.domain.paid_until import NEVER, paid_until
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.domain.standing import Usage, derive
from ab_entitlement.domain.subscription import Grant, Subscription
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PLANS = plans_with(2)
MOMENT = timedelta(microseconds=1)

hours = st.integers(-200, 200).map(lambda number: NOW + timedelta(hours=number))
maybe = st.none() | hours
grants = st.builds(
    Grant,
    st.sampled_from(["pro", "gems"]),
    st.just("apple"),
    expires_at=maybe,
    grace_expires_at=maybe,
    billing_issue_at=maybe,
    refunded_at=st.none() | st.just(NOW),
    will_renew=st.booleans(),
    is_sandbox=st.booleans(),
)
subscriptions = st.builds(
    Subscription,
    st.just("user"),
    st.lists(grants, max_size=3).map(tuple),
    temporary_until=maybe,
    fetched_at=maybe,
)


def is_pro(subscription: Subscription, at: datetime) -> bool:
    return derive(PLANS, subscription, Usage(), at).plan == "pro"


@given(subscriptions)
def test_it_is_the_first_instant_without_the_plan(subscription: Subscription) -> None:
    until = derive(PLANS, subscription, Usage(), NOW).paid_until
    if not is_pro(subscription, NOW):
        assert until is None
    elif until is None:
        assert is_pro(subscription, NOW + timedelta(days=36500))
    else:
        assert is_pro(subscription, until - MOMENT)
        assert not is_pro(subscription, until)


def test_grace_and_a_renewal_that_is_due_count_and_a_cancellation_does_not() -> None:
    ends = NOW + timedelta(hours=3)
    grace = Grant("pro", "apple", expires_at=NOW, grace_expires_at=ends, billing_issue_at=NOW)
    renewing, cancelled = (
        Grant("pro", "apple", expires_at=ends, will_renew=renews) for renews in (True, False)
    )
    said = [
        paid_until(PLANS, Subscription("user", (grant,), fetched_at=NOW), NOW)
        for grant in (grace, renewing, cancelled)
    ]
    assert said == [ends, ends + PLANS.optimism, ends]


def test_an_absurd_date_overflows_nothing() -> None:
    late = Subscription("user", (Grant("pro", "apple", expires_at=NEVER - MOMENT),), fetched_at=NOW)
    assert paid_until(PLANS, late, NOW) == NEVER - MOMENT
