"""What administrators see of everybody's jobs, and do to one."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import http, http_admin
from ab_shared.contracts.job_desk import JobDeed, JobRow, ListJobs, RequeueJob, StopJob
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import Conflict, NotFound
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting, presenting_admin
from ab_gateway.domain.request_keys import Keyed, keyed
from ab_gateway.domain.roles import Administrator
from ab_gateway.usecases.answer_once import AnswerOnce


class LookAfterJobs:
    """Session does the deed and tells the trail who asked for it."""

    def __init__(self, services: Caller, once: AnswerOnce) -> None:
        self._services = services
        self._once = once

    async def page(self, wanted: ListJobs) -> http_admin.AdminJobsOut:
        """Everybody's jobs of one kind, newest first."""
        return presenting_admin.jobs(await self._services.call(wanted))

    async def read(self, job_id: UUID) -> http_admin.AdminJobOut:
        """One job, an offline file's too; NotFound where there is none."""
        return presenting_admin.job(await self._row(job_id))

    async def cancel(
        self, by: Administrator, job_id: UUID, reason: str | None, key: str | None
    ) -> http.JobEnvelope:
        """Ends a live job; Conflict when it has ended."""
        deed = StopJob(job_id=job_id, actor=by.user_id, actor_kind="admin", reason=reason)
        return await self._done("cancel", deed, key)

    async def retry(
        self, by: Administrator, job_id: UUID, reason: str | None, key: str | None
    ) -> http.JobEnvelope:
        """Begins a job again that has failed; Conflict for one that has not."""
        deed = RequeueJob(job_id=job_id, actor=by.user_id, actor_kind="admin", reason=reason)

        async def again() -> JobSnapshot:
            if (await self._row(job_id)).job.status != "failed":
                raise Conflict("Only a job that has failed can be tried again")
            return await self._services.call(deed)

        asked = _keyed("retry", deed, key)
        return presenting.job(await self._once(asked, JobSnapshot, again))

    async def requeue(
        self, by: Administrator, job_id: UUID, reason: str | None, key: str | None
    ) -> http.JobEnvelope:
        """The same for any that is not finished: a live one asks anew for all it waits for."""
        deed = RequeueJob(job_id=job_id, actor=by.user_id, actor_kind="admin", reason=reason)
        return await self._done("requeue", deed, key)

    async def _done(
        self, name: str, deed: StopJob | RequeueJob, key: str | None
    ) -> http.JobEnvelope:
        asked = _keyed(name, deed, key)
        done = await self._once(asked, JobSnapshot, lambda: self._services.call(deed))
        return presenting.job(done)

    async def _row(self, job_id: UUID) -> JobRow:
        found = (await self._services.call(ListJobs(job_id=job_id))).jobs
        if not found:
            raise NotFound("There is no such job")
        return found[0]


def _keyed(name: str, deed: JobDeed, key: str | None) -> Keyed | None:
    route = f"POST /admin/jobs/{{id}}/{name}"
    return keyed(deed.actor, route, key, str(deed.job_id), deed.reason or "")
