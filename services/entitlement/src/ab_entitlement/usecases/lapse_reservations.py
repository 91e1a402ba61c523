"""Writes down which reservations have expired, and lets the apps know."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.ledger import entries
from ab_entitlement.domain.reservation import Reservation, State
from ab_entitlement.ports import Ledger
from ab_entitlement.usecases.metrics import SETTLED

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class LapseReservations:
    """They count no more from the moment they expire; this only says so in the ledger."""

    ledger: Ledger
    clock: Clock

    async def __call__(self) -> int:
        """How many were written; the rest of a large crowd waits for the next time."""
        async with self.ledger.begin() as unit:
            expired = await unit.lapsed(self.clock(), AT_ONCE)
        lapsed = [row for row in expired if await self._lapse(row)]
        SETTLED.labels("lapsed").inc(len(lapsed))
        return len(lapsed)

    async def _lapse(self, seen: Reservation) -> bool:
        # One user a transaction: a job that ends at this moment waits for no other user's.
        async with self.ledger.begin() as unit:
            await unit.hold(seen.user_id)
            now = self.clock()
            found = await unit.reservation(seen.id)
            if found is None or found.state is not State.PENDING or found.counts(now):
                return False
            released = found.settled("released", now)
            await unit.keep(released, entries(found, released, "lapse", now))
            await unit.announce(found.user_id)
            return True
