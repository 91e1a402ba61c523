"""Offline files in memory."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ab_session.domain.mixdown import Mixdown, MixdownStage
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.mixdowns import MixdownRendered

ENDED_WITHOUT = {MixdownStage.FAILED, MixdownStage.CANCELLED}


class MemoryMixdowns:
    """Implements ``Mixdowns`` on the tables of a memory store."""

    def __init__(self, rows: Any) -> None:
        self._jobs: dict[UUID, Mixdown] = rows.mixdown_jobs
        self._files: dict[str, MixdownRendered] = rows.mixdowns

    async def add(self, job: Mixdown) -> bool:
        same = self._of(job.owner_user_id, job.session_id, job.mixdown_address)
        if job.id in self._jobs or (job.live and any(other.live for other in same)):
            return False
        self._jobs[job.id] = job
        return True

    async def find(self, job_id: UUID, *, hold: bool = False) -> Mixdown | None:
        del hold
        return self._jobs.get(job_id)

    async def latest(self, user_id: str, session_id: UUID, mixdown_address: str) -> Mixdown | None:
        same = self._of(user_id, session_id, mixdown_address)
        return max(same, key=lambda job: job.attempt, default=None)

    async def live_of(self, user_id: str) -> int:
        return sum(job.live for job in self._jobs.values() if job.owner_user_id == user_id)

    async def save(self, job: Mixdown) -> None:
        self._jobs[job.id] = job

    async def waiting(self, mixdown_address: str) -> list[Mixdown]:
        live = [job for job in self._jobs.values() if job.live]
        found = [job for job in live if job.mixdown_address == mixdown_address]
        return sorted(found, key=lambda job: job.id)

    async def given_up(self, mixdown_address: str) -> tuple[UUID, ...]:
        jobs = [job for job in self._jobs.values() if job.mixdown_address == mixdown_address]
        ended = [job for job in jobs if job.stage in ENDED_WITHOUT]
        ended.sort(key=lambda job: job.created_at, reverse=True)
        return tuple(job.id for job in ended[:100])

    async def overdue(self, now: datetime) -> Mixdown | None:
        due = [job for job in self._jobs.values() if job.live and job.due_at <= now]
        return min(due, key=lambda job: job.due_at, default=None)

    async def rendered(self, event: MixdownRendered, at: datetime) -> None:
        del at
        self._files[event.mixdown_address] = event

    async def file(self, mixdown_address: str) -> AssetRef | None:
        found = self._files.get(mixdown_address)
        return found.asset if found else None

    def _of(self, user_id: str, session_id: UUID, address: str) -> list[Mixdown]:
        wanted = (user_id, session_id, address)
        return [
            job
            for job in self._jobs.values()
            if (job.owner_user_id, job.session_id, job.mixdown_address) == wanted
        ]
