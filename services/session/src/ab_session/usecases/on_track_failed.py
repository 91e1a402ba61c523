"""A track could not be made: lost reads are made again, anything else ends its jobs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from ab_shared.contracts.events import TrackFailed
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import Job, fail, remake
from ab_session.domain.reasons import CHANGED, TRACK_FAILED
from ab_session.ports import Store, Unit
from ab_session.usecases.ask_again import AskAgain
from ab_session.usecases.record_move import record_move

logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class OnTrackFailed:
    """Only jobs that wait for this track right now can be hurt by it."""

    store: Store
    again: AskAgain
    clock: Clock

    async def __call__(self, event: TrackFailed) -> None:
        """Acts on a message once; a track that exists after all has not failed."""
        at = self.clock()
        async with self.store.begin() as unit:
            if not await unit.first_time("on_track_failed"):
                return
            jobs = await unit.jobs.waiting_for_track(event.track_address)
            if await unit.sounds.track(event.track_address) is not None:
                return
            for job in jobs:
                if not job.rendering:
                    continue
                logger.warning("A track failed", extra={"job": str(job.id), "code": event.code})
                if event.missing_reads:
                    await self._remake(unit, job, frozenset(event.missing_reads), at)
                else:
                    await record_move(unit, job, fail(job, TRACK_FAILED, at), at)

    async def _remake(self, unit: Unit, job: Job, missing: frozenset[str], at: datetime) -> None:
        plan = await self.again.plan(unit, job)
        if plan is None:
            await record_move(unit, job, fail(job, CHANGED, at), at)
            return
        speech = {r.speech_address for r in plan.reads if r.prepared_address in missing}
        await unit.sounds.forget_reads(speech, missing)
        after = remake(job, at)
        await record_move(unit, job, after, at)
        if after.live:
            await self.again.send(unit, after, plan, await unit.sounds.known(plan.wanted))
