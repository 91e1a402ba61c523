"""The clockwork of analytics: counts yesterday once it is over, and days that came to be due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Protocol

from ab_shared.runtime.clock import Clock

from ab_session.back_office_ports import Analytics
from ab_session.usecases.roll_up_day import RollUpDay

# Phones tell of a night's listening in the morning; the last jobs of a day end a little later.
AFTER_MIDNIGHT = timedelta(minutes=20)
# How far back late news is looked for by itself; an operator may count any day anew.
LOOKED_BACK = timedelta(days=35)
# A service that slept for long catches up a little at a time.
MOST_AT_ONCE = 20


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
        """Counts what is due, oldest first, a transaction a day; then shows yesterday."""
        yesterday = (self.clock() - AFTER_MIDNIGHT).astimezone(UTC).date() - timedelta(days=1)
        for day in await self._due(yesterday):
            await self.roll_up.night(day)
        async with self.analytics.begin() as unit:
            found = await unit.numbers(yesterday, yesterday)
        if found:
            self.gauges.show(found[0].counts)

    async def _due(self, yesterday: date) -> list[date]:
        async with self.analytics.begin() as unit:
            last = await unit.last_rolled()
            first = yesterday if last is None else max(last + timedelta(days=1), _back(yesterday))
            again = await unit.due_again(_back(yesterday), MOST_AT_ONCE)
        missing = [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]
        return sorted({*missing, *(day for day in again if day <= yesterday)})[:MOST_AT_ONCE]


def _back(day: date) -> date:
    return day - LOOKED_BACK
