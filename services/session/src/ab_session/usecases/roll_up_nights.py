"""The clockwork of analytics: counts yesterday once it is over, and days that came to be due."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from ab_shared.errors import AbError
from ab_shared.runtime.clock import Clock

from ab_session.back_office_ports import Analytics
from ab_session.usecases.roll_up_day import RollUpDay

# Phones tell of a night's listening in the morning; the last jobs of a day end a little later.
AFTER_MIDNIGHT = timedelta(minutes=20)
# How far back late news is looked for by itself; an operator may count any day anew.
LOOKED_BACK = timedelta(days=35)
# Late news of one day is no reason to count a month of days every few minutes.
AGAIN_AFTER = timedelta(hours=1)
# A service that slept for long catches up a little at a time.
MOST_AT_ONCE = 20
logger = logging.getLogger("ab.session")


class Gauges(Protocol):
    """Where yesterday's numbers are shown."""

    def show(self, counts: Mapping[str, int]) -> None:
        """In place of what was shown before."""
        ...


@dataclass(frozen=True, slots=True)
class RollUpNights:
    """Every instance does it; what another has counted already is left alone."""

    analytics: Analytics
    roll_up: RollUpDay
    gauges: Gauges
    clock: Clock

    async def __call__(self) -> None:
        """Counts what is due, a transaction a day; then shows yesterday."""
        asked = self.clock()
        yesterday = (asked - AFTER_MIDNIGHT).astimezone(UTC).date() - timedelta(days=1)
        for day in await self._due(yesterday, asked):
            try:
                await self.roll_up.night(day, asked)
            except AbError as error:
                # It stays due; the others do not wait for it.
                said = {"day": day.isoformat(), "error": type(error).__name__}
                logger.warning("A day could not be counted", extra=said)
        async with self.analytics.begin() as unit:
            found = await unit.numbers(yesterday, yesterday)
        if found:
            self.gauges.show(found[0].counts)

    async def _due(self, yesterday: date, asked: datetime) -> Sequence[date]:
        async with self.analytics.begin() as unit:
            return await unit.due(
                yesterday - LOOKED_BACK,
                yesterday,
                AFTER_MIDNIGHT,
                asked - AGAIN_AFTER,
                MOST_AT_ONCE,
            )
