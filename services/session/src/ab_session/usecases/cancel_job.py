"""Stops a live job."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import Forbidden
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import cancel, snapshot
from ab_session.domain.mixdown import snapshot as mixdown_snapshot
from ab_session.ports import Store
from ab_session.usecases.get_job import own_mixdown, readable_job
from ab_session.usecases.record_mixdown import stop_mixdown
from ab_session.usecases.record_move import record_move


@dataclass(frozen=True, slots=True)
class CancelJob:
    """What is being made of a track is still kept: somebody else may want it.

    An offline file takes minutes to mix: there the work stops too, unless others wait for it.
    """

    store: Store
    clock: Clock

    async def __call__(self, request: rpc.CancelJob) -> JobSnapshot:
        """The cancelled job; its generation goes back.

        Raises:
            NotFound: not a job of this user's.
            Forbidden: a job of the catalogue, which others wait for.
            Conflict: the job has ended already.
        """
        at = self.clock()
        async with self.store.begin() as unit:
            mixdown = await own_mixdown(unit, request.job_id, request.user_id)
            if mixdown is not None:
                _, stopped = await stop_mixdown(unit, mixdown, at)
                return mixdown_snapshot(stopped)
            job = await readable_job(unit, request.job_id, request.user_id, hold=True)
            if job.owner_user_id is None:
                raise Forbidden("Others wait for this job too")
            cancelled = cancel(job, at)
            await record_move(unit, job, cancelled, at)
        return snapshot(cancelled)
