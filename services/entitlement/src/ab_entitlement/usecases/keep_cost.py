"""Keeps what a job cost, once."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.usage import JobCosted
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.day import day_of
from ab_entitlement.ports import Ledger, LedgerUnit, PlanBook
from ab_entitlement.usecases import metrics


@dataclass(frozen=True, slots=True)
class KeepCost:
    """A job that held a generation costs on the day that was taken from."""

    ledger: Ledger
    book: PlanBook
    clock: Clock

    async def __call__(self, event: JobCosted) -> None:
        """Hearing it again changes nothing; the catalogue's jobs are kept for nobody."""
        async with self.ledger.begin() as unit:
            new = await self._keep(unit, event)
        if new:
            _count(event)

    async def _keep(self, unit: LedgerUnit, event: JobCosted) -> bool:
        now = self.clock()
        held = await unit.reservation(event.job_id)
        zone = None
        if held is None and event.user_id is not None and self.book.plans.day == "user":
            zone = await unit.zone(event.user_id, None, now)
        new = await unit.add_cost(event, held.day if held else day_of(now, zone), now)
        if new and event.user_id is not None:
            # A budget may be used up, and a job's promise has become what it really cost.
            await unit.announce(event.user_id)
        return new


def _count(event: JobCosted) -> None:
    metrics.JOBS.labels(event.outcome).inc()
    metrics.CHARACTERS.inc(event.characters)
    metrics.PAID.inc(event.micros / 1_000_000)
    metrics.READS.labels("made").inc(event.reads_made)
    metrics.READS.labels("reused").inc(event.reads_reused)
    metrics.RENDERED.inc(event.rendered_ms / 1000)
    metrics.RENDERING.inc(event.render_ms / 1000)
