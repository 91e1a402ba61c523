"""Answers which role somebody holds."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.admin import GetRole as Request
from ab_shared.contracts.admin import HeldRole

from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class GetRole:
    """Reads only; asked for on behalf of everybody who tries the admin surface."""

    store: Store

    async def __call__(self, request: Request) -> HeldRole:
        """Their role; whoever never had one, or is nobody, has none."""
        async with self.store.begin() as unit:
            standing = await unit.standing(request.user_id)
        if standing is None:
            return HeldRole(user_id=request.user_id)
        return HeldRole(user_id=request.user_id, role=standing.role, version=standing.version)
