"""What a user may do now, from what they bought and what they spent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from ab_shared.contracts.rpc import Entitlement

from ab_entitlement.domain.day import next_day
from ab_entitlement.domain.paid_until import paid_until
from ab_entitlement.domain.plans import Plan, Plans
from ab_entitlement.domain.subscription import Grant, Source, Subscription

Status: TypeAlias = Literal["active", "grace", "expired", "unknown"]
NEVER = datetime.max.replace(tzinfo=UTC)
# The best claim of several decides.
RANK: dict[Status, int] = {"active": 3, "grace": 2, "unknown": 1, "expired": 0}


@dataclass(frozen=True, slots=True)
class Usage:
    """What counts for a user's day so far; ``generations`` includes corrections.

    ``promised_characters`` is the most that running jobs may still send to a provider.
    """

    generations: int = 0
    characters: int = 0
    reads_made: int = 0
    reads_reused: int = 0
    rendered_ms: int = 0
    render_ms: int = 0
    jobs: int = 0
    promised_characters: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is kept of one user, read at one instant."""

    subscription: Subscription | None = None
    usage: Usage = field(default_factory=Usage)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """What one right comes to at one instant."""

    status: Status
    source: Source | None = None
    expires_at: datetime | None = None

    @property
    def paid(self) -> bool:
        """Whether it gives the plan; what is unknown is decided for the payer."""
        return self.status != "expired"

    @property
    def weight(self) -> tuple[int, datetime]:
        """Orders claims; of two alike the one that lasts longer is better."""
        return RANK[self.status], self.expires_at or NEVER


def derive(
    plans: Plans,
    subscription: Subscription | None,
    usage: Usage,
    now: datetime,
    *,
    zone: str | None = None,
    version: int = 0,
) -> Entitlement:
    """What a user may do at ``now`` (aware), whose day is counted in ``zone`` (None: UTC).

    ``subscription`` None is somebody who never bought anything: the free plan, active. Whoever
    is heard of but could never be read is on the free plan with status ``unknown``.
    """
    claim = _best(plans, subscription, now)
    paid = claim is not None and claim.paid
    plan = plans.pro if paid else plans.free
    return Entitlement(
        plan=plan.name,
        status=claim.status if claim else _without_claim(subscription),
        renews_at=claim.expires_at if claim and paid else None,
        source=claim.source if claim else None,
        daily_generations=plan.daily_generations,
        remaining_today=_remaining(plan, usage.generations),
        max_session_length_sec=plan.max_session_length_sec,
        offline_downloads=plan.offline_downloads,
        lines_per_session=plan.lines_per_session,
        mixdown_minutes=plan.mixdown_minutes,
        voices=None if plan.voices is None else tuple(sorted(plan.voices)),
        within_budget=plan.budget.holds(usage.characters, usage.rendered_ms),
        resets_at=next_day(now, zone),
        paid_until=paid_until(plans, subscription, now) if paid else None,
        version=version,
    )


def plan_for(plans: Plans, allowed: Entitlement) -> Plan:
    """The plan behind what somebody may do."""
    return plans.pro if allowed.plan == "pro" else plans.free


def claim_of(grant: Grant, plans: Plans, fetched_at: datetime | None, now: datetime) -> Claim:
    """What one grant comes to; access lasts until the later of expiry and grace.

    A cancelled or paused one runs to its expiry, a refunded one has ended. One that should have
    renewed since the store was last asked is ``unknown``, and paid, within ``plans.optimism``.
    """
    expires, grace = grant.expires_at, grant.grace_expires_at
    if grant.refunded_at is not None:
        return Claim("expired", grant.source, expires)
    if expires is None or (now < expires and grant.billing_issue_at is None):
        return Claim("active", grant.source, expires)
    if now < expires or (grace is not None and now < grace):
        return Claim("grace", grant.source, expires)
    looked_since = fetched_at is not None and fetched_at >= expires
    renewal_due = grant.will_renew and grant.billing_issue_at is None
    # A difference, not a sum: no absurd date can overflow it.
    if renewal_due and not looked_since and now - expires < plans.optimism:
        return Claim("unknown", grant.source)
    return Claim("expired", grant.source, expires)


def _best(plans: Plans, subscription: Subscription | None, now: datetime) -> Claim | None:
    if subscription is None:
        return None
    claims = [
        claim_of(grant, plans, subscription.fetched_at, now)
        for grant in subscription.grants
        if grant.entitlement in plans.pro.granted_by
        and (plans.accept_sandbox or not grant.is_sandbox)
    ]
    until = subscription.temporary_until
    if until is not None and now < until:
        claims.append(Claim("active", "revenuecat", until))
    return max(claims, key=lambda claim: claim.weight, default=None)


def _without_claim(subscription: Subscription | None) -> Status:
    never_read = subscription is not None and subscription.fetched_at is None
    return "unknown" if never_read else "active"


def _remaining(plan: Plan, used: int) -> int | None:
    # A lapsed subscriber, or a late commit, may have used more than the free plan holds.
    return None if plan.daily_generations is None else max(0, plan.daily_generations - used)
