"""Has offline files deleted that nobody has wanted for a while."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts.offline import MOST_DROPPED, DropMixdowns
from ab_shared.runtime.clock import Clock

from ab_session.domain.offline import KEPT
from ab_session.ports import Store

# Devices that were away for longer are told nothing of sessions that are gone.
TOLD = timedelta(days=180)
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class DropUnwanted:
    """Marks what no job, no session's present track and no licence wants; drops it a month later.

    A plan that comes back within the month costs no second rendering.
    """

    store: Store
    clock: Clock

    async def __call__(self) -> int:
        """How many files were dropped, at most a hundred; several instances may sweep at once."""
        at = self.clock()
        async with self.store.begin() as unit:
            await unit.offline.mark_unwanted(at)
            await unit.offline.tidy(at - TOLD)
        async with self.store.begin() as unit:
            # Whoever is about to hand one out, or to wait for one, has said so by now.
            await unit.erasing.hold_sounds()
            dropped = await unit.offline.drop_unwanted(at - KEPT, MOST_DROPPED)
            if dropped:
                command = DropMixdowns(mixdowns=tuple(dropped), unwanted_since=self.clock())
                await unit.send(command)
                logger.info("Offline files are dropped", extra={"files": len(dropped)})
        return len(dropped)
