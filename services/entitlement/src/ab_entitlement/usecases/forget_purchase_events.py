"""Lets go of raw purchase events that nobody will replay any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ab_shared.runtime.clock import Clock

from ab_entitlement.purchase_ports import Purchases

BATCH = 1000


@dataclass(frozen=True, slots=True)
class ForgetPurchaseEvents:
    """What a customer holds is read from the store; its events only serve to look back."""

    kept: Purchases
    clock: Clock
    keep_for: timedelta

    async def __call__(self) -> int:
        """Deletes all that came longer ago, a batch each transaction; how many there were."""
        before, forgotten = self.clock() - self.keep_for, 0
        while True:
            async with self.kept.begin() as unit:
                found = await unit.forget_events(before, BATCH)
            forgotten += found
            if found < BATCH:
                return forgotten
