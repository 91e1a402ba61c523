"""Makes somebody an administrator, or one with another role."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.admin import GrantRole as Request
from ab_shared.contracts.admin import HeldRole

from ab_auth.usecases.change_role import ChangeRole


@dataclass(frozen=True, slots=True)
class GrantRole:
    """One role a person: a new one takes the place of the old."""

    change: ChangeRole

    async def __call__(self, request: Request) -> HeldRole:
        """What they hold now; NotFound and Conflict as ``ChangeRole`` says."""
        return await self.change(request, request.role, "admin.grant")
