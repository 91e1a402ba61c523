"""Answers which reservations wait for a job to end."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.usage import HeldReservation, HeldReservations, ListReservations

from ab_entitlement.ports import Ledger


@dataclass(frozen=True, slots=True)
class ListHeldReservations:
    """For whoever owns the jobs: those whose job never came to be can then be released."""

    ledger: Ledger

    async def __call__(self, request: ListReservations) -> HeldReservations:
        """A page, oldest first."""
        last = request.after
        after = (last.reserved_at, last.reservation_id) if last else None
        async with self.ledger.begin() as unit:
            found = await unit.pending(request.reserved_before, after, request.limit + 1)
        page = [
            HeldReservation(reservation_id=row.id, user_id=row.user_id, reserved_at=row.reserved_at)
            for row in found[: request.limit]
        ]
        return HeldReservations(reservations=tuple(page), has_more=len(found) > request.limit)
