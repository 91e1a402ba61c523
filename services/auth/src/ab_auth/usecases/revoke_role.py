"""Takes somebody's role away."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.admin import HeldRole
from ab_shared.contracts.admin import RevokeRole as Request

from ab_auth.usecases.change_role import ChangeRole


@dataclass(frozen=True, slots=True)
class RevokeRole:
    """They go on as the listener they are."""

    change: ChangeRole

    async def __call__(self, request: Request) -> HeldRole:
        """What they hold now, which is nothing; NotFound and Conflict as ``ChangeRole`` says."""
        return await self.change(request, None, "admin.revoke")
