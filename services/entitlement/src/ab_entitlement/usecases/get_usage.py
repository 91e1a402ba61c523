"""Answers what a user's day holds so far."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import usage
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.day import next_day
from ab_entitlement.domain.standing import plan_for
from ab_entitlement.ports import Ledger, PlanBook
from ab_entitlement.usecases.read_standing import Picture, read_standing


@dataclass(frozen=True, slots=True)
class GetUsage:
    """Somebody nobody has heard of has used nothing of the free plan."""

    ledger: Ledger
    book: PlanBook
    clock: Clock

    async def __call__(self, request: usage.GetUsage) -> usage.UsageReport:
        """One picture of now."""
        async with self.ledger.begin() as unit:
            found = await read_standing(
                unit, self.book.plans, request.user_id, request.timezone, self.clock()
            )
        return report(found)


def report(found: Picture) -> usage.UsageReport:
    """A picture as it is told."""
    plan, spent = plan_for(found.plans, found.allowed), found.standing.usage
    return usage.UsageReport(
        plan=found.allowed.plan,
        day=found.day,
        resets_at=next_day(found.at, found.zone),
        spent=usage.Spent(
            generations=spent.generations,
            characters=spent.characters,
            reads_made=spent.reads_made,
            reads_reused=spent.reads_reused,
            rendered_ms=spent.rendered_ms,
            render_ms=spent.render_ms,
            jobs=spent.jobs,
        ),
        daily_generations=found.allowed.daily_generations,
        remaining_today=found.allowed.remaining_today,
        daily_characters=plan.budget.characters,
        daily_rendered_seconds=plan.budget.rendered_seconds,
    )
