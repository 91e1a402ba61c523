"""Generations, taken at the entitlement service."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts.rpc import ReserveGeneration
from ab_shared.messaging.ports import Caller

CALL_SECONDS = 5.0


class RpcGenerations:
    """Implements ``Generations``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def reserve(self, reservation_id: UUID, user_id: str) -> None:
        """Asks once: the request is idempotent, but its caller can repeat the whole better."""
        request = ReserveGeneration(reservation_id=reservation_id, user_id=user_id)
        await self._caller.call(request, timeout=CALL_SECONDS)
