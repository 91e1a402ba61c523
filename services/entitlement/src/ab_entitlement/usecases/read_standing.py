"""Reads how a user stands, as one picture of one instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ab_shared.contracts.rpc import Entitlement

from ab_entitlement.domain.day import day_of
from ab_entitlement.domain.plans import Plans
from ab_entitlement.domain.standing import Standing, Usage, derive
from ab_entitlement.ports import LedgerUnit


@dataclass(frozen=True, slots=True)
class Picture:
    """What a user may do, with what that was derived from."""

    plans: Plans
    zone: str | None
    day: date
    standing: Standing
    allowed: Entitlement
    at: datetime

    def after(self, usage: Usage, version: int) -> Entitlement:
        """What the same user may do when this counts instead."""
        return derive(
            self.plans,
            self.standing.subscription,
            usage,
            self.at,
            zone=self.zone,
            version=version,
        )


async def read_standing(
    unit: LedgerUnit, plans: Plans, user_id: str, told_zone: str | None, now: datetime
) -> Picture:
    """In the user's own day where the plans count days so, else in UTC's."""
    zone = await unit.zone(user_id, told_zone, now) if plans.day == "user" else None
    day = day_of(now, zone)
    standing = await unit.standing(user_id, day, now)
    allowed = derive(
        plans, standing.subscription, standing.usage, now, zone=zone, version=standing.version
    )
    return Picture(plans, zone, day, standing, allowed, now)
