"""Checks that the ledger adds up to what is held, and says so in a metric."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.runtime.clock import Clock
from ab_shared.runtime.reconciliation_metrics import reconciled

from ab_entitlement.domain.day import day_of
from ab_entitlement.ports import Ledger
from ab_entitlement.usecases.metrics import DRIFT

# Reservations expire within hours: days further back change no more.
LOOKED_AT = timedelta(days=3)
logger = logging.getLogger("ab.entitlement")


@dataclass(frozen=True, slots=True)
class MeasureDrift:
    """Anything but 0 is a fault in this service: see ``ab operator quota show``."""

    ledger: Ledger
    clock: Clock

    async def __call__(self) -> int:
        """How many reservations of the last days disagree."""
        since = day_of(self.clock()) - LOOKED_AT
        async with self.ledger.begin() as unit:
            found = await unit.drift(since)
        DRIFT.set(found)
        reconciled("ledger")
        if found:
            logger.error("The ledger does not add up", extra={"reservations": found})
        return found
