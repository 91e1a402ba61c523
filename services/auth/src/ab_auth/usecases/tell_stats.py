"""Tells how many users there are, for an operator's first glance."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ab_shared.contracts.desk_stats import GetPeopleStats, PeopleStats
from ab_shared.runtime.clock import Clock


class CountUnit(Protocol):
    """One transaction that counts."""

    async def people(self, now: datetime) -> PeopleStats:
        """Users, administrators, erasures and exports."""
        ...


class Counts(Protocol):
    """Where people are counted."""

    def begin(self) -> AbstractAsyncContextManager[CountUnit]:
        """Opens a transaction."""
        ...


@dataclass(frozen=True, slots=True)
class TellStats:
    """Counts only, of nobody."""

    counts: Counts
    clock: Clock

    async def __call__(self, _request: GetPeopleStats) -> PeopleStats:
        """Reads only."""
        async with self.counts.begin() as unit:
            return await unit.people(self.clock())
