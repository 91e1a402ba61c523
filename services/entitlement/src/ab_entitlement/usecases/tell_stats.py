"""Tells what was spent today and who pays, for an operator's first glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, date
from typing import Protocol

from ab_shared.contracts.desk_stats import GetSpendingStats, SpendingStats
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.standing import Usage, derive
from ab_entitlement.domain.subscription import Subscription
from ab_entitlement.ports import PlanBook


class CountUnit(Protocol):
    """One transaction that counts."""

    async def generations_on(self, day: date) -> int:
        """How many are held or spent of everybody's day of this date."""
        ...

    async def subscriptions(self) -> Sequence[Subscription]:
        """Of everybody who ever had one, or was given one."""
        ...


class Counts(Protocol):
    """Where it is counted."""

    def begin(self) -> AbstractAsyncContextManager[CountUnit]:
        """Opens a transaction."""
        ...


@dataclass(frozen=True, slots=True)
class TellStats:
    """Counts only, of nobody; who pays is decided as for everybody's own answer."""

    counts: Counts
    book: PlanBook
    clock: Clock

    async def __call__(self, _request: GetSpendingStats) -> SpendingStats:
        """Reads only."""
        now, plans = self.clock(), self.book.plans
        async with self.counts.begin() as unit:
            generations = await unit.generations_on(now.astimezone(UTC).date())
            subscriptions = await unit.subscriptions()
        payers: Counter[str] = Counter()
        given = 0
        for subscription in subscriptions:
            standing = derive(plans, subscription, Usage(), now)
            if standing.source == "internal":
                given += standing.plan == "pro"
            else:
                payers[standing.status] += 1
        return SpendingStats(generations_today=generations, payers=dict(payers), given=given)
