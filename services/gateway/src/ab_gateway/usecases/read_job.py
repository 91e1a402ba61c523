"""A job as it is now: from what was heard of it, else from the session service."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import rpc
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.privacy import GetPrivacyJob
from ab_shared.errors import NotFound, TransientError
from ab_shared.messaging.ports import Caller
from ab_shared.runtime.clock import Clock

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.jobs import KeptJob, is_erasure
from ab_gateway.ports import Snapshots
from ab_gateway.usecases.keep_job import KeepJob


class ReadJob:
    """Reads one job of the caller's; anybody else's is NotFound."""

    def __init__(self, services: Caller, snapshots: Snapshots, keep: KeepJob, now: Clock) -> None:
        self._services = services
        self._snapshots = snapshots
        self._keep = keep
        self._now = now

    async def __call__(self, caller: Identity, job_id: UUID) -> JobSnapshot:
        """The newest that is known; asks only when nothing, or nothing fresh, was heard."""
        kept = await self._kept(job_id)
        if kept is not None and kept.answers(caller.user_id, self._now().timestamp()):
            return kept.snapshot
        snapshot = await self._ask(caller, job_id)
        await self._keep(None if is_erasure(snapshot) else caller.user_id, snapshot)
        return snapshot

    async def reader_of_erasure(self, job_id: UUID) -> Identity | None:
        """Who nobody is to an erasure with this id; None where there is none."""
        reader = Identity(f"erasure {job_id}", "nobody")
        kept = await self._kept(job_id)
        if kept is not None:
            return reader if kept.opened_by_id(self._now().timestamp()) else None
        try:
            state = await self._services.call(GetPrivacyJob(job_id=job_id))
        # Without an answer it is what it is without a token: refused, not an outage to strangers.
        except (NotFound, TransientError):
            return None
        return reader if state.job.kind == "erasure" else None

    async def _ask(self, caller: Identity, job_id: UUID) -> JobSnapshot:
        try:
            return await self._services.call(rpc.GetJob(job_id=job_id, user_id=caller.user_id))
        except NotFound:
            # Second, because jobs of sessions are polled every second.
            asked = GetPrivacyJob(job_id=job_id, user_id=caller.user_id)
            return (await self._services.call(asked)).job.snapshot()

    async def _kept(self, job_id: UUID) -> KeptJob | None:
        try:
            return await self._snapshots.get(job_id)
        except TransientError:
            return None
