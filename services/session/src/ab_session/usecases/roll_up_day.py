"""Counts a day of listening: the same day again is the same numbers, later news included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from ab_shared.contracts.analytics import DayNumbers
from ab_shared.contracts.analytics import RollUpDay as Request
from ab_shared.contracts.audit import Details
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_session.back_office_ports import Analytics, NumbersUnit

FIRST_DAY = date(2020, 1, 1)
# What an entry in the trail tells of a day.
TOLD = ("active", "starts", "completes", "rendersOk")


@dataclass(frozen=True, slots=True)
class RollUpDay:
    """Anybody may do it at any time: everybody who counts waits for each other."""

    analytics: Analytics
    clock: Clock

    async def __call__(self, request: Request) -> DayNumbers:
        """The day's numbers now; audited.

        Raises:
            ValidationFailed: a day that has not begun, or long before there was anything.
        """
        if not FIRST_DAY <= request.day <= self.clock().astimezone(UTC).date():
            raise ValidationFailed("This day cannot be counted", details={"day": "is out of range"})
        async with self.analytics.begin() as unit:
            await unit.hold()
            before = await _told(unit, request.day)
            numbers = await self._within(unit, request.day)
            entry = audited(
                "analytics.roll_up",
                f"day:{request.day.isoformat()}",
                request.actor,
                request.actor_kind,
                before=before,
                after={name: numbers.counts.get(name, 0) for name in TOLD},
                reason=request.reason,
            )
            await unit.send(entry)
        return numbers

    async def night(self, day: date, asked: datetime | None = None) -> DayNumbers | None:
        """The same without an entry: the clockwork did it; None where another did, since asked."""
        async with self.analytics.begin() as unit:
            await unit.hold()
            if asked is not None and await unit.counted_since(day, asked):
                return None
            return await self._within(unit, day)

    async def _within(self, unit: NumbersUnit, day: date) -> DayNumbers:
        if await unit.collect(day, self.clock()):
            await unit.age_later_days(day)
        await unit.count(day)
        (numbers,) = await unit.numbers(day, day)
        return numbers


async def _told(unit: NumbersUnit, day: date) -> Details | None:
    found = await unit.numbers(day, day)
    return {name: found[0].counts.get(name, 0) for name in TOLD} if found else None
