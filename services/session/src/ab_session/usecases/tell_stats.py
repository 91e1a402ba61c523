"""Tells how sessions and jobs stand, for an operator's first glance."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.desk_stats import GetSessionStats, SessionStats
from ab_shared.runtime.clock import Clock

from ab_session.back_office_ports import Desk


@dataclass(frozen=True, slots=True)
class TellStats:
    """Counts only, of nobody."""

    desk: Desk
    clock: Clock

    async def __call__(self, _request: GetSessionStats) -> SessionStats:
        """Reads only."""
        async with self.desk.begin() as unit:
            return await unit.stats(self.clock())
