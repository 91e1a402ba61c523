"""What a user may do now, from what they bought and what they spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from ab_shared.contracts.rpc import Entitlement

from ab_entitlement.domain.plans import Plan, Plans

Source: TypeAlias = Literal["apple", "google", "stripe", "internal", "revenuecat"]
Status: TypeAlias = Literal["active", "grace", "expired"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A right to the pro plan. ``expires_at`` None never ends; ``grace_until`` outlasts it."""

    source: Source
    expires_at: datetime | None = None
    grace_until: datetime | None = None

    def status(self, now: datetime) -> Status:
        """Active until it expires, then in grace while the store still tries to collect."""
        if self.expires_at is None or now < self.expires_at:
            return "active"
        if self.grace_until is not None and now < self.grace_until:
            return "grace"
        return "expired"


@dataclass(frozen=True, slots=True)
class Standing:
    """A user's subscription, if any, and how many generations count for today."""

    subscription: Subscription | None
    used_today: int


def entitlement(standing: Standing, plans: Plans, now: datetime) -> Entitlement:
    """What a user with this standing may do at ``now`` (aware)."""
    subscription = standing.subscription
    status = subscription.status(now) if subscription else "active"
    paid = subscription is not None and status != "expired"
    plan = plans.pro if paid else plans.free
    return Entitlement(
        plan=plan.name,
        status=status,
        renews_at=subscription.expires_at if subscription and paid else None,
        source=subscription.source if subscription else None,
        daily_generations=plan.daily_generations,
        remaining_today=_remaining(plan, standing.used_today),
        max_session_length_sec=plan.max_session_length_sec,
        offline_downloads=plan.offline_downloads,
    )


def _remaining(plan: Plan, used: int) -> int | None:
    # A lapsed subscriber, or a late commit, may have used more than the free plan holds.
    return None if plan.daily_generations is None else max(0, plan.daily_generations - used)
