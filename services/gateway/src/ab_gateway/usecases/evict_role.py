"""Hearing that somebody's role has changed."""

from __future__ import annotations

from ab_shared.contracts.admin import RoleChanged

from ab_gateway.ports import KeptRoles


class EvictRole:
    """The next try of the admin surface asks auth again."""

    def __init__(self, kept: KeptRoles) -> None:
        self._kept = kept

    async def __call__(self, event: RoleChanged) -> None:
        """Late news of what is known already changes nothing."""
        self._kept.evict(event.user_id, event.version)
