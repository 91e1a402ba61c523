"""Hearing that what somebody may do has changed."""

from __future__ import annotations

from ab_shared.contracts.events import EntitlementChanged

from ab_gateway.ports import KeptEntitlements


class EvictEntitlement:
    """The next look asks entitlement again."""

    def __init__(self, kept: KeptEntitlements) -> None:
        self._kept = kept

    async def __call__(self, event: EntitlementChanged) -> None:
        """Late news of what is known already changes nothing."""
        self._kept.evict(event.user_id, event.version)
