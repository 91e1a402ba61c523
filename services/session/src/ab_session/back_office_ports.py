"""What the use cases of administrators and of analytics need from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

from ab_shared.contracts.analytics import DayNumbers
from ab_shared.contracts.desk_stats import SessionStats
from ab_shared.contracts.session_desk import ListAnySessions, NeededObject, SessionDeskRow
from ab_shared.database.ports import UnitOfWork

from ab_session.domain.mixdown import Mixdown

Noted = Literal["signed_up", "generated"]


class NumbersUnit(UnitOfWork, Protocol):
    """One transaction over what listeners do by the day."""

    async def hold(self) -> None:
        """Waits for everybody else who counts, or erases somebody out of the counts."""
        ...

    async def note(self, what: Noted, user_id: str, day: date) -> None:
        """Keeps what happens once and leaves nothing to count it by later."""
        ...

    async def counted_since(self, day: date, at: datetime) -> bool:
        """Whether a day was counted after this instant and is not stale."""
        ...

    async def collect(self, day: date, at: datetime) -> bool:
        """Finds out what each user did that day; whether anything is new since last time."""
        ...

    async def count(self, day: date) -> None:
        """Counts a day's numbers and its week's cohorts anew, out of what was collected."""
        ...

    async def age_later_days(self, day: date) -> None:
        """Later days look back on this one: they are to be counted again."""
        ...

    async def due(
        self, since: date, yesterday: date, settled: timedelta, before: datetime, limit: int
    ) -> Sequence[date]:
        """Days to be counted, oldest first; only yesterday where nothing was ever counted.

        First those left out or counted less than ``settled`` after their end, then what was
        counted until ``before`` and is stale, or more was told of.
        """
        ...

    async def numbers(self, first: date, last: date) -> Sequence[DayNumbers]:
        """The days between, both included, that were ever counted."""
        ...

    async def cohorts(self, first: date, last: date) -> Mapping[date, Mapping[date, int]]:
        """Of cohorts that began between: how many of each were active in which week."""
        ...


class Analytics(Protocol):
    """Opens transactions over what listeners do by the day."""

    def begin(self) -> AbstractAsyncContextManager[NumbersUnit]:
        """As ``Store.begin``."""
        ...


class DeskUnit(UnitOfWork, Protocol):
    """One transaction that reads everybody's sessions, and nothing that they wrote."""

    async def page(self, wanted: ListAnySessions, limit: int) -> Sequence[SessionDeskRow]:
        """Sessions, newest first."""
        ...

    async def mixdown_jobs(
        self, stages: Sequence[str], before: datetime | None, limit: int
    ) -> Sequence[Mixdown]:
        """Everybody's jobs for offline files in one of the stages (none: in any), newest first."""
        ...

    async def files_of(self, session_id: UUID) -> Sequence[NeededObject]:
        """Its offline files that exist, everybody's."""
        ...

    async def stats(self, now: datetime) -> SessionStats:
        """How sessions and jobs stand."""
        ...


class Desk(Protocol):
    """Opens such transactions."""

    def begin(self) -> AbstractAsyncContextManager[DeskUnit]:
        """As ``Store.begin``."""
        ...


@dataclass(frozen=True, slots=True)
class Office:
    """What administrators and analytics work on."""

    desk: Desk
    analytics: Analytics
