"""Answers who holds a role."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.admin import Admin, Admins
from ab_shared.contracts.admin import ListAdmins as Request

from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class ListAdmins:
    """All of them at once: they are few."""

    store: Store

    async def __call__(self, _request: Request) -> Admins:
        """Longest-serving first."""
        async with self.store.begin() as unit:
            found = await unit.standings()
        return Admins(
            admins=tuple(
                Admin(
                    user_id=one.user_id,
                    role=one.role,
                    granted_by=one.granted_by,
                    granted_at=one.granted_at,
                    version=one.version,
                )
                for one in found
                if one.role is not None
            )
        )
