"""What administrators see of everybody's jobs, and do to one."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import http, http_admin
from ab_shared.contracts.job_desk import JobRow, ListJobs, RequeueJob, StopJob
from ab_shared.errors import Conflict, NotFound
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting, presenting_admin
from ab_gateway.domain.roles import Administrator


class LookAfterJobs:
    """Session does the deed and tells the trail who asked for it."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def page(self, wanted: ListJobs) -> http_admin.AdminJobsOut:
        """Everybody's audio jobs, newest first."""
        return presenting_admin.jobs(await self._services.call(wanted))

    async def read(self, job_id: UUID) -> http_admin.AdminJobOut:
        """One job, an offline file's too; NotFound where there is none."""
        return presenting_admin.job(await self._row(job_id))

    async def cancel(self, by: Administrator, job_id: UUID, reason: str | None) -> http.JobEnvelope:
        """Ends a live job; Conflict when it has ended."""
        deed = StopJob(job_id=job_id, actor=by.user_id, actor_kind="admin", reason=reason)
        return presenting.job(await self._services.call(deed))

    async def retry(self, by: Administrator, job_id: UUID, reason: str | None) -> http.JobEnvelope:
        """Begins a job again that has failed; Conflict for one that has not."""
        if (await self._row(job_id)).job.status != "failed":
            raise Conflict("Only a job that has failed can be tried again")
        return await self.requeue(by, job_id, reason)

    async def requeue(
        self, by: Administrator, job_id: UUID, reason: str | None
    ) -> http.JobEnvelope:
        """The same for any that is not finished: a live one asks anew for all it waits for."""
        deed = RequeueJob(job_id=job_id, actor=by.user_id, actor_kind="admin", reason=reason)
        return presenting.job(await self._services.call(deed))

    async def _row(self, job_id: UUID) -> JobRow:
        found = (await self._services.call(ListJobs(job_id=job_id))).jobs
        if not found:
            raise NotFound("There is no such job")
        return found[0]
