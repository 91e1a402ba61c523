"""Until when somebody is on the plan they pay for if nothing more is heard of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ab_entitlement.domain.plans import Plans
from ab_entitlement.domain.subscription import Grant, Subscription

NEVER = datetime.max.replace(tzinfo=UTC)


def paid_until(plans: Plans, subscription: Subscription | None, now: datetime) -> datetime | None:
    """The first instant after ``now`` (aware) at which ``derive`` gives the free plan.

    None where there is no such instant, and where nothing is paid for.
    """
    if subscription is None:
        return None
    ends = [
        _end(grant, plans.optimism, subscription.fetched_at)
        for grant in subscription.grants
        if grant.entitlement in plans.pro.granted_by
        and (plans.accept_sandbox or not grant.is_sandbox)
        and grant.refunded_at is None
    ]
    if subscription.temporary_until is not None:
        ends.append(subscription.temporary_until)
    last = max(ends, default=now)
    return last if now < last < NEVER else None


def _end(grant: Grant, optimism: timedelta, fetched_at: datetime | None) -> datetime:
    expires = grant.expires_at
    if expires is None:
        return NEVER
    ends = [expires]
    if grant.grace_expires_at is not None:
        ends.append(grant.grace_expires_at)
    looked_since = fetched_at is not None and fetched_at >= expires
    renewal_due = grant.will_renew and grant.billing_issue_at is None
    # No absurd date can overflow.
    if renewal_due and not looked_since and expires < NEVER - optimism:
        ends.append(expires + optimism)
    return max(ends)
