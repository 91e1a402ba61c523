"""Takes the name of somebody who is erased out of the audit trail, batch by batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from ab_auth.domain.privacy_job import PrivacyRecord
from ab_auth.privacy_ports import PrivacyStore

# Far within the time a statement may take, also with entries that say a lot.
BATCH = 1000


@dataclass(frozen=True, slots=True)
class ForgetMentions:
    """A chore of an erasure, which goes on where a killed process stopped.

    What is told of them from the erasure on is kept without the name at once.
    """

    store: PrivacyStore
    batch: int = BATCH

    async def __call__(self, erasure: PrivacyRecord) -> Mapping[str, int]:
        """Reads the trail to its end; counts nothing, as another process may have done a part."""
        while await self._next(erasure.id):
            pass
        return {}

    async def _next(self, erasure_id: UUID) -> bool:
        async with self.store.begin() as unit:
            held = await unit.privacy_job(erasure_id, hold=True)
            if held is None or held.user_id is None:
                return False
            behind = held.trail_read or 0
            last = await unit.rename_mentions(held.user_id, held.proof, behind, self.batch)
            if last is None:
                return False
            await unit.keep_erasure(replace(held, trail_read=last))
        return True
