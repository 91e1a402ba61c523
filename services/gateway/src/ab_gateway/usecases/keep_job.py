"""Keeping what was heard of a job, so that whoever polls or watches it costs no other service."""

from __future__ import annotations

import logging

from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import TransientError
from ab_shared.runtime.clock import Clock

from ab_gateway.domain.jobs import KeptJob
from ab_gateway.ports import JobNews, Snapshots

logger = logging.getLogger("ab.gateway")


class KeepJob:
    """Stores a snapshot for all processes and tells those who watch through this one."""

    def __init__(self, snapshots: Snapshots, news: JobNews, now: Clock) -> None:
        self._snapshots = snapshots
        self._news = news
        self._now = now

    async def __call__(self, owner_user_id: str | None, snapshot: JobSnapshot) -> None:
        """Older versions than the one that is kept change nothing."""
        self._news.tell(snapshot)
        kept = KeptJob(owner_user_id, snapshot, self._now().timestamp())
        try:
            await self._snapshots.keep(kept)
        except TransientError:
            logger.warning("a job snapshot was not kept", extra={"job_id": str(snapshot.id)})
