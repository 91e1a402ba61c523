"""Generations, taken at the entitlement service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from uuid import UUID

from ab_shared.contracts.rpc import ReserveGeneration
from ab_shared.contracts.usage import HeldReservation, ListReservations
from ab_shared.messaging.ports import Caller

CALL_SECONDS = 5.0
READS = 2


class RpcGenerations:
    """Implements ``Generations`` and ``Reservations``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def reserve(
        self, reservation_id: UUID, user_id: str, *, lines: Sequence[str], voice_id: str
    ) -> None:
        """Asks once: the request is idempotent, but its caller can repeat the whole better."""
        request = ReserveGeneration(
            reservation_id=reservation_id,
            user_id=user_id,
            lines=len(lines),
            # The most that it can cost: every line read twice, and nothing of it there.
            characters=READS * sum(map(len, lines)),
            voice_id=voice_id,
        )
        await self._caller.call(request, timeout=CALL_SECONDS)

    async def held_since(self, before: datetime) -> AsyncIterator[HeldReservation]:
        """Page by page; what is settled meanwhile is no longer on the next one."""
        last: HeldReservation | None = None
        while True:
            request = ListReservations(reserved_before=before, after=last)
            page = await self._caller.call(request, timeout=CALL_SECONDS)
            for held in page.reservations:
                yield held
            if not page.has_more or not page.reservations:
                return
            last = page.reservations[-1]
