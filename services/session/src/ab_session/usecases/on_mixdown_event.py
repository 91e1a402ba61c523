"""What the sound engine tells of offline files moves the jobs that wait for them."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.mixdowns import MixdownFailed, MixdownProgressed, MixdownRendered
from ab_shared.runtime.clock import Clock

from ab_session.domain.mixdown import fail, finish, progressed
from ab_session.domain.reasons import mixdown_failed
from ab_session.ports import Store
from ab_session.usecases.erase_user import came_late
from ab_session.usecases.record_mixdown import record_mixdown

logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class OnMixdownProgressed:
    """Late news never move a job back."""

    store: Store
    clock: Clock

    async def __call__(self, event: MixdownProgressed) -> None:
        """Every job that waits for the file is as far as the file is."""
        at = self.clock()
        async with self.store.begin() as unit:
            for job in await unit.mixdowns.waiting(event.mixdown_address):
                await record_mixdown(unit, job, progressed(job, event.progress, at))


@dataclass(frozen=True, slots=True)
class OnMixdownRendered:
    """Listeners with the same recipe share one file."""

    store: Store
    clock: Clock

    async def __call__(self, event: MixdownRendered) -> None:
        """Hearing it again moves nothing."""
        at = self.clock()
        async with self.store.begin() as unit:
            jobs = await unit.mixdowns.waiting(event.mixdown_address)
            if not jobs and await came_late(unit, "mixdown", event.mixdown_address):
                return
            await unit.mixdowns.rendered(event, at)
            for job in jobs:
                await record_mixdown(unit, job, finish(job, at))


@dataclass(frozen=True, slots=True)
class OnMixdownFailed:
    """Only the job it names can be hurt by it: an attempt that follows has an id of its own."""

    store: Store
    clock: Clock

    async def __call__(self, event: MixdownFailed) -> None:
        """Fails the job, unless its file exists after all."""
        at = self.clock()
        async with self.store.begin() as unit:
            job = await unit.mixdowns.find(event.job_id, hold=True)
            if job is None or await unit.mixdowns.file(event.mixdown_address) is not None:
                return
            logger.warning("A mixdown failed", extra={"job": str(job.id), "code": event.code})
            await record_mixdown(unit, job, fail(job, mixdown_failed(event.message), at))
