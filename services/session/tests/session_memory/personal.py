"""What is held of a user, in memory: sessions and jobs, as far as tests look at them."""

from __future__ import annotations

from typing import Any

from ab_shared.contracts.exporting import Held


class MemoryPersonal:
    """Implements ``PersonalRecords`` on the tables of a memory store."""

    def __init__(self, rows: Any) -> None:
        self._kinds = {
            "sessions": rows.sessions,
            "jobs": rows.jobs,
            "offline-files": rows.mixdown_jobs,
        }

    async def page(self, user_id: str, kind: str, after: str, limit: int) -> list[Held]:
        own = (row for row in self._kinds.get(kind, {}).values() if row.owner_user_id == user_id)
        found = sorted((row for row in own if str(row.id) > after), key=lambda row: str(row.id))
        return [Held(key=str(row.id), data={"id": str(row.id)}) for row in found[:limit]]
