"""The shared cache in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ab_gateway.adapters.local_limiter import LocalLimiter
from ab_gateway.adapters.local_revocations import LocalRevocations
from ab_gateway.domain.identity import Verified
from ab_gateway.domain.jobs import KeptJob
from ab_gateway.domain.rates import Allowance, Wish
from ab_gateway.domain.revocations import Revocation
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.clock import utc_now


class MemoryStore:
    """Implements what ``SharedStore`` does; ``down`` makes every call fail as a lost cache does."""

    def __init__(self) -> None:
        self.jobs: dict[UUID, KeptJob] = {}
        self.down = False
        self._limiter = LocalLimiter()
        self._revoked = LocalRevocations(utc_now)

    async def keep(self, job: KeptJob) -> bool:
        self._refuse()
        held = self.jobs.get(job.snapshot.id)
        if held is not None and held.snapshot.version > job.snapshot.version:
            return False
        self.jobs[job.snapshot.id] = job
        return True

    async def get(self, job_id: UUID) -> KeptJob | None:
        self._refuse()
        return self.jobs.get(job_id)

    async def forget_user(self, user_id: str) -> int:
        self._refuse()
        theirs = [i for i, job in self.jobs.items() if job.owner_user_id == user_id]
        for job_id in theirs:
            del self.jobs[job_id]
        return len(theirs)

    async def revoke(self, revocation: Revocation) -> None:
        self._refuse()
        await self._revoked.revoke(revocation)

    async def is_revoked(self, token: Verified) -> bool:
        self._refuse()
        return self._revoked.covers(token)

    async def take(self, wishes: Sequence[Wish]) -> list[Allowance]:
        self._refuse()
        return await self._limiter.take(wishes)

    def _refuse(self) -> None:
        if self.down:
            raise DependencyUnavailable("The shared cache is away")
