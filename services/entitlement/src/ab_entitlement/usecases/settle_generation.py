"""Keeps a reserved generation, or gives it back to the day it was taken from."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.events import EntitlementChanged, GenerationSettled
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.logs import hashed

from ab_entitlement.ports import Ledger

CONSUMER = "settle_generation"
logger = logging.getLogger("ab.entitlement")


@dataclass(frozen=True, slots=True)
class SettleGeneration:
    """Hearing it twice, late or in the wrong order ends in the same ledger."""

    ledger: Ledger
    clock: Clock

    async def __call__(self, event: GenerationSettled) -> None:
        """Settles once; a reservation nobody made here is left alone, with a warning."""
        async with self.ledger.begin() as unit:
            if not await unit.first_time(CONSUMER):
                return
            await unit.hold(event.user_id)
            now = self.clock()
            found = await unit.reservation(event.reservation_id)
            if found is None or found.user_id != event.user_id:
                extra = {"reservation": str(event.reservation_id), "user": hashed(event.user_id)}
                logger.warning("A generation was settled that nobody reserved", extra=extra)
                return
            settled = found.settled(event.outcome, now)
            if settled == found:
                return
            await unit.keep(settled)
            # What had lapsed and is now released remains what it was: nothing to tell.
            if settled.counts(now) != found.counts(now):
                await unit.send(EntitlementChanged(user_id=event.user_id))
