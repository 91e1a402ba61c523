"""Keeps a reserved generation, or gives it back to the day it was taken from."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.events import GenerationSettled
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.logs import hashed

from ab_entitlement.domain.ledger import Kind, entries
from ab_entitlement.domain.reservation import Outcome
from ab_entitlement.ports import Ledger, LedgerUnit
from ab_entitlement.usecases.metrics import SETTLED

CONSUMER = "settle_generation"
KIND: dict[Outcome, Kind] = {"committed": "commit", "released": "release"}
logger = logging.getLogger("ab.entitlement")


@dataclass(frozen=True, slots=True)
class SettleGeneration:
    """Hearing it twice, late or in the wrong order ends in the same ledger."""

    ledger: Ledger
    clock: Clock

    async def __call__(self, event: GenerationSettled) -> None:
        """Settles once; a reservation nobody made here is left alone, with a warning."""
        async with self.ledger.begin() as unit:
            settled = await unit.first_time(CONSUMER) and await self._settle(unit, event)
        if settled:
            SETTLED.labels(event.outcome).inc()

    async def _settle(self, unit: LedgerUnit, event: GenerationSettled) -> bool:
        await unit.hold(event.user_id)
        now = self.clock()
        found = await unit.reservation(event.reservation_id)
        if found is None or found.user_id != event.user_id:
            extra = {"reservation": str(event.reservation_id), "user": hashed(event.user_id)}
            logger.warning("A generation was settled that nobody reserved", extra=extra)
            return False
        settled = found.settled(event.outcome, now)
        if settled == found:
            return False
        await unit.keep(settled, entries(found, settled, KIND[event.outcome], now))
        # What had lapsed and is now released remains what it was: nothing to tell.
        if settled.counts(now) != found.counts(now):
            await unit.announce(event.user_id)
        return True
