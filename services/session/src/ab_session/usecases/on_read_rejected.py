"""Speech that cannot be used: its jobs fail, and it is spoken anew the next time.

Speech that is only gone (erased a moment before somebody else wanted it, or lost) is spoken anew
at once, a few times.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from ab_shared.contracts.events import SPEECH_GONE, ReadRejected
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import Job, fail, remake
from ab_session.domain.plan import line_of
from ab_session.domain.reasons import CHANGED, line_failed
from ab_session.domain.sounds import Wanted
from ab_session.ports import Store, Unit
from ab_session.usecases.ask_again import AskAgain
from ab_session.usecases.record_move import record_move

logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class OnReadRejected:
    """A read that is prepared after all was not rejected, whatever an old message says."""

    store: Store
    again: AskAgain
    clock: Clock

    async def __call__(self, event: ReadRejected) -> None:
        """Acts on a message once."""
        at = self.clock()
        address = event.prepared_address
        async with self.store.begin() as unit:
            if not await unit.first_time("on_read_rejected"):
                return
            jobs = await unit.jobs.waiting_for_prepared(address)
            known = await unit.sounds.known(Wanted(prepared=frozenset({address})))
            if address in known.prepared:
                return
            await unit.sounds.forget_reads([event.speech_address], [address])
            for job in jobs:
                if event.code == SPEECH_GONE:
                    await self._remake(unit, job, at)
                    continue
                position = await unit.jobs.first_position(job.id, prepared=address)
                if position is not None:
                    logger.warning("A read was rejected", extra={"job": str(job.id)})
                    reason = line_failed(line_of(position), event.message)
                    await record_move(unit, job, fail(job, reason, at), at)

    async def _remake(self, unit: Unit, job: Job, at: datetime) -> None:
        plan = await self.again.plan(unit, job)
        after = fail(job, CHANGED, at) if plan is None else remake(job, at)
        await record_move(unit, job, after, at)
        if plan is not None and after.live:
            await self.again.send(unit, after, plan, await unit.sounds.known(plan.wanted))
