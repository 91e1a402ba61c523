"""Speech that cannot be used: its jobs fail, and it is spoken anew the next time."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.events import ReadRejected
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import fail
from ab_session.domain.plan import line_of
from ab_session.domain.reasons import line_failed
from ab_session.domain.sounds import Wanted
from ab_session.ports import Store
from ab_session.usecases.record_move import record_move

logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class OnReadRejected:
    """A read that is prepared after all was not rejected, whatever an old message says."""

    store: Store
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
            for job in jobs:
                position = await unit.jobs.first_position(job.id, prepared=address)
                if position is not None:
                    logger.warning("A read was rejected", extra={"job": str(job.id)})
                    reason = line_failed(line_of(position), event.message)
                    await record_move(unit, job, fail(job, reason, at), at)
            await unit.sounds.forget_reads([event.speech_address], [address])
