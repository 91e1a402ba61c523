"""Days in a row, counted where the listener was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant and the zone the listener was in."""

    at: datetime
    zone: ZoneInfo

    def day(self, zone: ZoneInfo | None = None) -> date:
        """Its date there, or in another zone."""
        return self.at.astimezone(zone or self.zone).date()


@dataclass(frozen=True, slots=True)
class Streaks:
    """``current``: of a row that ends today or yesterday; ``last_day``: where the last one ends."""

    current: int = 0
    longest: int = 0
    last_day: date | None = None


def streaks(moments: Iterable[Moment], now: Moment) -> Streaks:
    """Rows of days with at least one of these moments; those after ``now`` do not count.

    A day is the date where the listener was. A flight may skip a date or meet one twice: two
    moments are in a row if they are so in the zone of either one, and no date counts twice.
    """
    past = (one for one in moments if one.at <= now.at)
    # One instant in two zones is no flight, but must not depend on who came first.
    ordered = sorted(past, key=lambda one: (one.at, one.day(), one.zone.key))
    if not ordered:
        return Streaks()
    longest, length, newest = _count(ordered)
    follows = _gap(ordered[-1], now) <= 1
    return Streaks(length if follows else 0, longest, newest)


def _count(ordered: Sequence[Moment]) -> tuple[int, int, date]:
    """The longest row, the last one, and the newest date of that."""
    newest, length, longest = ordered[0].day(), 1, 1
    for before, after in pairwise(ordered):
        if _gap(before, after) > 1:
            newest, length = after.day(), 1
        elif after.day() > newest:
            newest, length = after.day(), length + 1
        longest = max(longest, length)
    return longest, length, newest


def _gap(before: Moment, after: Moment) -> int:
    """How many dates lie between them, in the zones of both, of one or of the other."""
    pairs = (
        (before.day(), after.day()),
        (before.day(before.zone), after.day(before.zone)),
        (before.day(after.zone), after.day(after.zone)),
    )
    return min((later - earlier).days for earlier, later in pairs)
