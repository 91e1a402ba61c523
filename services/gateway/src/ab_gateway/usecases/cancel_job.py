"""Stopping a job."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import rpc
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.request_keys import keyed
from ab_gateway.usecases.answer_once import AnswerOnce
from ab_gateway.usecases.keep_job import KeepJob

ROUTE = "POST /jobs/{id}/cancel"


class CancelJob:
    """Stops a live job of the caller's; a finished one is a Conflict."""

    def __init__(self, services: Caller, keep: KeepJob, once: AnswerOnce) -> None:
        self._services = services
        self._keep = keep
        self._once = once

    async def __call__(self, caller: Identity, job_id: UUID, key: str | None) -> JobSnapshot:
        """The job after it was stopped; under a key the same one again."""
        request = rpc.CancelJob(job_id=job_id, user_id=caller.user_id)
        asked = keyed(caller.user_id, ROUTE, key, str(job_id))
        snapshot = await self._once(asked, JobSnapshot, lambda: self._services.call(request))
        await self._keep(caller.user_id, snapshot)
        return snapshot
