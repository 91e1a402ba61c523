"""Removes what is left of sign-ins that have ended, and of tries long ago."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.runtime.clock import Clock

from ab_auth.domain.lockout import FORGOTTEN_AFTER
from ab_auth.ports import Store

logger = logging.getLogger("ab.auth")
# Somebody may want to know why they were signed out.
KEPT = timedelta(days=7)
BATCH = 1000
MOST_BATCHES = 100


@dataclass(frozen=True, slots=True)
class SweepSignIns:
    """Batch by batch, each in a transaction of its own; what is left over waits for next time.

    A used token goes with its family only: as long as that lives, it must be known to be used.
    """

    store: Store
    clock: Clock

    async def __call__(self) -> int:
        """How many rows are gone."""
        gone = 0
        for _ in range(MOST_BATCHES):
            now = self.clock()
            async with self.store.begin() as unit:
                dropped = await unit.drop_dead_families(now - KEPT, BATCH)
                dropped += await unit.drop_old_tries(now - FORGOTTEN_AFTER, now, BATCH)
            gone += dropped
            if not dropped:
                break
        if gone:
            logger.info("Old sign-ins were swept", extra={"rows": gone})
        return gone
