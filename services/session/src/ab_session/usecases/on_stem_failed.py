"""A stem could not be made: jobs that need it fail."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.events import StemFailed
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import fail
from ab_session.domain.reasons import STEM_FAILED
from ab_session.ports import Store
from ab_session.usecases.record_move import record_move

logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class OnStemFailed:
    """The stem can be asked for again by the next job."""

    store: Store
    clock: Clock

    async def __call__(self, event: StemFailed) -> None:
        """Acts on a message once; a stem that exists has not failed."""
        at = self.clock()
        async with self.store.begin() as unit:
            if not await unit.first_time("on_stem_failed"):
                return
            if not await unit.sounds.stem_failed(event.stem_id):
                return
            logger.warning("A stem failed", extra={"stem": event.stem_id, "code": event.code})
            for job in await unit.jobs.waiting_for_stem(event.stem_id):
                await record_move(unit, job, fail(job, STEM_FAILED, at), at)
