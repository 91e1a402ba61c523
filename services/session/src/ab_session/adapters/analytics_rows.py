"""What listeners do, by the day, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ab_shared.contracts.analytics import DayNumbers
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from sqlalchemy import ColumnElement, Table, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.analytics_statements import (
    AGE_LATER_DAYS,
    COHORTS,
    COLLECT,
    COUNTED_SINCE,
    DAYS_OF_A_USER,
    DUE,
    HOLD,
    NUMBERS,
    ROLLED,
)
from ab_session.adapters.analytics_tables import (
    COHORT_COUNTS,
    DAY_COUNTS,
    ROLLED_DAYS,
    USER_DAYS,
)

NOTE = {
    name: text(statement)
    for name, statement in {
        "signed_up": """
            INSERT INTO user_days (user_id, day, signed_up) VALUES (:user_id, :day, 1)
            ON CONFLICT (user_id, day) DO UPDATE SET signed_up = 1
        """,
        "generated": """
            INSERT INTO user_days AS u (user_id, day, generated) VALUES (:user_id, :day, 1)
            ON CONFLICT (user_id, day) DO UPDATE SET generated = u.generated + 1
        """,
    }.items()
}
AGE = text("UPDATE rolled_days SET stale = true WHERE day = :day")


class PostgresNumbers(PostgresUnitOfWork):
    """Implements ``NumbersUnit`` on one open transaction."""

    async def hold(self) -> None:
        """One count after the other, and no erasure between its parts."""
        await self._connection.execute(HOLD)

    async def note(self, what: str, user_id: str, day: date) -> None:
        """One upsert; a day that was counted already is due again."""
        wanted = {"user_id": user_id, "day": day}
        await self._connection.execute(NOTE[what], wanted)
        await self._connection.execute(AGE, {"day": day})

    async def counted_since(self, day: date, at: datetime) -> bool:
        """Whether it was, and nothing older has changed."""
        wanted = {"day": day, "at": at}
        return bool(await self._connection.scalar(COUNTED_SINCE, wanted))

    async def collect(self, day: date, at: datetime) -> bool:
        """One statement over the day's rows, by their indexes of time."""
        # First: whoever finds the day stale from here on waits, and is not written over.
        await self._connection.execute(ROLLED, {"day": day, "at": at})
        since = datetime.combine(day, time.min, UTC)
        wanted = {"day": day, "since": since, "until": since + timedelta(days=1)}
        return (await self._connection.execute(COLLECT, wanted)).rowcount > 0

    async def count(self, day: date) -> None:
        """Numbers that are none any more are 0, not left as they were."""
        wanted = {"days": [day], "user_id": None}
        monday = day - timedelta(days=day.weekday())
        await self._zero(DAY_COUNTS, DAY_COUNTS.c.day == day)
        await self._zero(COHORT_COUNTS, COHORT_COUNTS.c.week == monday)
        rows = (await self._connection.execute(NUMBERS, wanted)).all()
        counts = [{"day": r.day, "name": r.name, "live": r.number, "gone": 0} for r in rows]
        await self._write(DAY_COUNTS, ["day", "name"], counts)
        rows = (await self._connection.execute(COHORTS, wanted)).all()
        cohorts = [{"week": r.week, "cohort": r.cohort, "live": r.number, "gone": 0} for r in rows]
        await self._write(COHORT_COUNTS, ["week", "cohort"], cohorts)

    async def age_later_days(self, day: date) -> None:
        """One update."""
        await self._connection.execute(AGE_LATER_DAYS, {"day": day})

    async def due(
        self, since: date, yesterday: date, settled: timedelta, before: datetime, limit: int
    ) -> Sequence[date]:
        """By the events' index of days."""
        wanted = {"since": since, "yesterday": yesterday, "settled": settled, "before": before}
        return (await self._connection.execute(DUE, wanted | {"limit": limit})).scalars().all()

    async def numbers(self, first: date, last: date) -> Sequence[DayNumbers]:
        """Two queries."""
        rolled = select(ROLLED_DAYS).where(ROLLED_DAYS.c.day.between(first, last))
        rows = (await self._connection.execute(rolled.order_by(ROLLED_DAYS.c.day))).all()
        count = DAY_COUNTS.c
        query = select(count.day, count.name, (count.live + count.gone).label("number"))
        found = await self._connection.execute(query.where(count.day.between(first, last)))
        counts: dict[date, dict[str, int]] = {row.day: {} for row in rows}
        for row in found:
            if row.number and row.day in counts:
                counts[row.day][row.name] = row.number
        return [
            DayNumbers(day=r.day, counts=counts[r.day], rolled_at=r.rolled_at, stale=r.stale)
            for r in rows
        ]

    async def cohorts(self, first: date, last: date) -> dict[date, dict[date, int]]:
        """By cohort, then by week."""
        count = COHORT_COUNTS.c
        number = (count.live + count.gone).label("number")
        query = select(count.cohort, count.week, number).where(count.cohort.between(first, last))
        found: dict[date, dict[date, int]] = {}
        for row in await self._connection.execute(query.order_by(count.cohort, count.week)):
            found.setdefault(row.cohort, {})[row.week] = row.number
        return found

    async def _zero(self, table: Table, which: ColumnElement[bool]) -> None:
        await self._connection.execute(table.update().where(which).values(live=0))

    async def _write(self, table: Table, key: list[str], rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        statement = insert(table)
        upsert = statement.on_conflict_do_update(
            index_elements=key, set_={"live": statement.excluded.live}
        )
        await self._connection.execute(upsert, rows)


class PostgresAnalytics(PostgresUnits[PostgresNumbers]):
    """Implements ``Analytics``."""

    unit = PostgresNumbers


async def forget_days_of(connection: AsyncConnection, user_id: str) -> int:
    """Deletes a user's days; what they were in numbers stays there, of nobody any more."""
    await connection.execute(HOLD)
    days = (await connection.execute(DAYS_OF_A_USER, {"user_id": user_id})).scalars().all()
    if days:
        wanted = {"days": days, "user_id": user_id}
        rows = (await connection.execute(NUMBERS, wanted)).all()
        counts = [{"day": r.day, "name": r.name, "gone": r.number} for r in rows]
        await _move(connection, DAY_COUNTS, ["day", "name"], counts)
        rows = (await connection.execute(COHORTS, wanted)).all()
        cohorts = [{"week": r.week, "cohort": r.cohort, "gone": r.number} for r in rows]
        await _move(connection, COHORT_COUNTS, ["week", "cohort"], cohorts)
    gone = USER_DAYS.delete().where(USER_DAYS.c.user_id == user_id)
    return (await connection.execute(gone)).rowcount


async def _move(
    connection: AsyncConnection, table: Table, key: list[str], rows: list[dict[str, Any]]
) -> None:
    if not rows:
        return
    statement = insert(table)
    new = statement.excluded
    moved = {"live": table.c.live - new.gone, "gone": table.c.gone + new.gone}
    upsert = statement.on_conflict_do_update(index_elements=key, set_=moved)
    await connection.execute(upsert, [{**row, "live": 0} for row in rows])
