"""What administrators see of erasures and exports, and how they push an erasure on."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import http, http_admin
from ab_shared.contracts.privacy import ListPrivacyJobs, RetryPrivacyJob
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting, presenting_admin
from ab_gateway.domain.roles import Administrator


class LookAfterPrivacy:
    """Nobody starts an erasure here: users do, or whoever they wrote to, at the command line."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def page(self, wanted: ListPrivacyJobs) -> http_admin.PrivacyJobsOut:
        """Everybody's, newest first."""
        return presenting_admin.privacy_jobs(await self._services.call(wanted))

    async def retry(self, by: Administrator, job_id: UUID, reason: str | None) -> http.JobEnvelope:
        """Asks again at once for all that a live erasure waits for; Conflict when it is over."""
        deed = RetryPrivacyJob(job_id=job_id, actor=by.user_id, actor_kind="admin", reason=reason)
        state = await self._services.call(deed)
        return presenting.job(state.job.snapshot())
