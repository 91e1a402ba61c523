"""Looks after mixdown jobs that do not move: asks again, and gives up in the end."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.runtime.clock import Clock

from ab_session.domain.mixdown import Mixdown, fail, finish, out_of_time, revive
from ab_session.domain.reasons import TOO_LONG
from ab_session.ports import Store, Unit
from ab_session.usecases.job_metrics import RETRIED
from ab_session.usecases.record_mixdown import call_off, record_mixdown

BATCH = 100
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class ReviveMixdowns:
    """Several instances may sweep at once: each takes jobs that no other holds."""

    store: Store
    clock: Clock

    async def __call__(self) -> int:
        """How many jobs were looked after; one transaction each, at most ``BATCH`` in a sweep."""
        for done in range(BATCH):
            async with self.store.begin() as unit:
                job = await unit.mixdowns.overdue(self.clock())
                if job is None:
                    return done
                await self._look_after(unit, job)
        return BATCH

    async def _look_after(self, unit: Unit, job: Mixdown) -> None:
        at = self.clock()
        if await unit.mixdowns.file(job.mixdown_address) is not None:
            await record_mixdown(unit, job, finish(job, at))
        elif out_of_time(job, at) or job.command is None:
            logger.warning("A mixdown ran out of time", extra={"job": str(job.id)})
            await record_mixdown(unit, job, fail(job, TOO_LONG, at))
            await call_off(unit, job.mixdown_address)
        else:
            # The engine works once per address: what it is at already it only announces again.
            unit.afterwards(RETRIED.inc)
            await unit.mixdowns.save(revive(job, at))
            await unit.send(job.command)
