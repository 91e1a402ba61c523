"""Answers one job."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ab_shared.contracts import rpc
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import NotFound

from ab_session.domain.job import Job, snapshot
from ab_session.domain.mixdown import Mixdown
from ab_session.domain.mixdown import snapshot as mixdown_snapshot
from ab_session.ports import Store, Unit


async def readable_job(unit: Unit, job_id: UUID, user_id: str, *, hold: bool = False) -> Job:
    """A job of the catalogue or of the user's own; any other does not exist: NotFound."""
    job = await unit.jobs.find(job_id, hold=hold)
    if job is None or job.owner_user_id not in {None, user_id}:
        raise NotFound("There is no such job")
    return job


async def own_mixdown(
    unit: Unit, job_id: UUID, user_id: str, *, hold: bool = False
) -> Mixdown | None:
    """The user's job for an offline file with this id."""
    job = await unit.mixdowns.find(job_id, hold=hold)
    return job if job is not None and job.owner_user_id == user_id else None


@dataclass(frozen=True, slots=True)
class GetJob:
    """Reads only."""

    store: Store

    async def __call__(self, request: rpc.GetJob) -> JobSnapshot:
        """The job as it stands, whatever it makes."""
        async with self.store.begin() as unit:
            try:
                return snapshot(await readable_job(unit, request.job_id, request.user_id))
            except NotFound:
                # Second, because jobs of sessions are polled every second.
                mixdown = await own_mixdown(unit, request.job_id, request.user_id)
                if mixdown is None:
                    raise
                return mixdown_snapshot(mixdown)
