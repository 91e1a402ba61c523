"""What the caller may do now."""

from __future__ import annotations

from ab_shared.contracts import rpc
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.rendered import Rendered, rendered_entitlement
from ab_gateway.ports import KeptEntitlements

# News may overtake the answer to a question that was asked before it, but hardly twice.
TRIES = 2


class ReadEntitlement:
    """Asks entitlement, and not again while nothing has changed."""

    def __init__(self, services: Caller, kept: KeptEntitlements) -> None:
        self._services = services
        self._kept = kept

    async def __call__(self, caller: Identity, timezone: str | None = None) -> Rendered:
        """An ``EntitlementV3``: plan, limits and what remains of today."""
        held = self._kept.find(caller.user_id)
        return rendered_entitlement(held or await self._ask(caller.user_id, timezone))

    async def _ask(self, user_id: str, timezone: str | None) -> rpc.Entitlement:
        request = rpc.GetEntitlement(user_id=user_id, timezone=timezone)
        for _ in range(TRIES):
            ticket = self._kept.ticket()
            answer = await self._services.call(request)
            if self._kept.keep(user_id, answer, ticket):
                break
        return answer
