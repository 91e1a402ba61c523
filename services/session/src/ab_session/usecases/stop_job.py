"""Ends anybody's live job, for the people who run the stack."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.job_desk import StopJob as Request
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import NotFound
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import cancel, snapshot
from ab_session.domain.mixdown import snapshot as mixdown_snapshot
from ab_session.ports import Store
from ab_session.usecases.audit_deed import audit
from ab_session.usecases.record_mixdown import stop_mixdown
from ab_session.usecases.record_move import record_move


@dataclass(frozen=True, slots=True)
class StopJob:
    """As its owner's cancelling, the catalogue's jobs and offline files included.

    The generation of a session's job goes back.
    """

    store: Store
    clock: Clock

    async def __call__(self, request: Request) -> JobSnapshot:
        """The cancelled job.

        Raises:
            NotFound: there is no such job.
            Conflict: it has ended already.
        """
        at = self.clock()
        async with self.store.begin() as unit:
            mixdown = await unit.mixdowns.find(request.job_id)
            if mixdown is not None:
                before, stopped = await stop_mixdown(unit, mixdown, at)
                await audit(unit, request, "job.cancel", before, stopped)
                return mixdown_snapshot(stopped)
            job = await unit.jobs.find(request.job_id, hold=True)
            if job is None:
                raise NotFound("There is no such job")
            cancelled = cancel(job, at)
            await record_move(unit, job, cancelled, at)
            await audit(unit, request, "job.cancel", job, cancelled)
        return snapshot(cancelled)
