"""Looks after live jobs that do not move: asks again, and gives up in the end."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.commands import PublishStem
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import Job, advance, fail, out_of_time, revive
from ab_session.domain.plan import Plan
from ab_session.domain.reasons import CHANGED, TOO_LONG
from ab_session.domain.sounds import Known
from ab_session.ports import Store, Unit
from ab_session.usecases.ask_again import AskAgain
from ab_session.usecases.job_metrics import RETRIED
from ab_session.usecases.record_move import record_move

# An outage can leave thousands: each sweep takes a part of them, other instances another.
BATCH = 100
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class ReviveJobs:
    """Several instances may sweep at once: each takes jobs that no other holds."""

    store: Store
    again: AskAgain
    clock: Clock

    async def __call__(self) -> int:
        """How many jobs were looked after; one transaction each, at most ``BATCH`` in a sweep."""
        for done in range(BATCH):
            if not await self._one():
                return done
        return BATCH

    async def _one(self) -> bool:
        async with self.store.begin() as unit:
            job = await unit.jobs.overdue(self.clock())
            if job is None:
                return False
            missing = await self._look_after(unit, job)
        await self._ask_for_stems(missing)
        return True

    async def _look_after(self, unit: Unit, job: Job) -> tuple[str, ...]:
        at = self.clock()
        plan = await self.again.plan(unit, job)
        if plan is None:
            await record_move(unit, job, fail(job, CHANGED, at), at)
            return ()
        known = await unit.sounds.known(plan.wanted)
        after = advance(job, plan.found(known), at)
        if after is not job:
            await record_move(unit, job, after, at)
            return ()
        if out_of_time(job, at):
            logger.warning("A job ran out of time", extra={"job": str(job.id)})
            await record_move(unit, job, fail(job, TOO_LONG, at), at)
            return ()
        return await self._ask(unit, job, plan, known)

    async def _ask(self, unit: Unit, job: Job, plan: Plan, known: Known) -> tuple[str, ...]:
        logger.info(
            "A job is asked for again", extra={"job": str(job.id), "time": job.revivals + 1}
        )
        unit.afterwards(RETRIED.inc)
        await unit.jobs.save(revive(job, self.clock()))
        await self.again.send(unit, job, plan, known)
        return plan.missing_stems(known)

    async def _ask_for_stems(self, missing: tuple[str, ...]) -> None:
        """Apart from the job: stems are locked before jobs everywhere, never after."""
        if missing:
            async with self.store.begin() as unit:
                for stem_id in (await unit.sounds.ask_for_stems(missing, self.clock())).to_ask:
                    await unit.send(PublishStem(stem_id=stem_id))
