"""Answers everybody's jobs, for the people who run the stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ab_shared.contracts.job_desk import JobRow, JobRows
from ab_shared.contracts.job_desk import ListJobs as Request

from ab_session.back_office_ports import Desk
from ab_session.domain.job import Job, Stage, snapshot
from ab_session.domain.mixdown import Mixdown
from ab_session.domain.mixdown import snapshot as mixdown_snapshot
from ab_session.ports import Store, Unit


@dataclass(frozen=True, slots=True)
class ListJobs:
    """Reads only, and none of what anybody wrote."""

    store: Store
    desk: Desk | None = None

    async def __call__(self, request: Request) -> JobRows:
        """A page, newest first; the one that was asked for, or none."""
        if request.job_id is not None:
            async with self.store.begin() as unit:
                return JobRows(jobs=await _one(unit, request.job_id))
        found = await self._page(request)
        shown = found[: request.limit]
        more = len(found) > request.limit
        return JobRows(
            jobs=tuple(_row(job) for job in shown),
            next_before=shown[-1].created_at if more else None,
        )

    async def _page(self, request: Request) -> Sequence[Job | Mixdown]:
        # One more than asked for tells whether there is a next page.
        limit = request.limit + 1
        if request.kind == "audio":
            stages = [Stage(stage) for stage in request.stages]
            async with self.store.begin() as unit:
                return await unit.jobs.page(stages, request.before, limit)
        if self.desk is None:
            return ()
        async with self.desk.begin() as reading:
            return await reading.mixdown_jobs(request.stages, request.before, limit)


async def _one(unit: Unit, job_id: UUID) -> tuple[JobRow, ...]:
    found = await unit.jobs.find(job_id) or await unit.mixdowns.find(job_id)
    return (_row(found),) if found else ()


def _row(job: Job | Mixdown) -> JobRow:
    return JobRow(
        job=snapshot(job) if isinstance(job, Job) else mixdown_snapshot(job),
        owner_user_id=job.owner_user_id,
        attempt=job.attempt,
        revivals=job.revivals,
        moved_at=job.moved_at,
    )
