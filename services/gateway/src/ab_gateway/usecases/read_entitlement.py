"""What the caller may do now."""

from __future__ import annotations

from ab_shared.contracts import http, rpc
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity


class ReadEntitlement:
    """Asks entitlement."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def __call__(self, caller: Identity) -> http.EntitlementV3:
        """Plan, limits and what remains of today."""
        held = await self._services.call(rpc.GetEntitlement(user_id=caller.user_id))
        return presenting.entitlement(held)
