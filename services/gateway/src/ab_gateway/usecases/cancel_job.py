"""Stopping a job."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import rpc
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity
from ab_gateway.usecases.keep_job import KeepJob


class CancelJob:
    """Stops a live job of the caller's; a finished one is a Conflict."""

    def __init__(self, services: Caller, keep: KeepJob) -> None:
        self._services = services
        self._keep = keep

    async def __call__(self, caller: Identity, job_id: UUID) -> JobSnapshot:
        """The job after it was stopped."""
        request = rpc.CancelJob(job_id=job_id, user_id=caller.user_id)
        snapshot = await self._services.call(request)
        await self._keep(caller.user_id, snapshot)
        return snapshot
