"""Who is in which program, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.self_tables import ENROLMENTS, PROGRAM_DAYS
from ab_session.domain.listener import DoneDay, Enrolment, EnrolmentState

WHO = ENROLMENTS.c
DAY = PROGRAM_DAYS.c
_OF_A_DAY = ("day", "completed_at", "zone", "action_done_at", "rating")


class EnrolmentRows:
    """Implements ``Enrolments``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, enrolment: Enrolment) -> bool:
        """Inserts; False after waiting for whoever inserted the same."""
        statement = insert(ENROLMENTS).values(_values(enrolment)).on_conflict_do_nothing()
        return (await self._connection.execute(statement)).rowcount == 1

    async def find(self, user_id: str, program_id: str, *, hold: bool = False) -> Enrolment | None:
        """By the primary key."""
        query = select(ENROLMENTS).where(WHO.user_id == user_id, WHO.program_id == program_id)
        found = await self._connection.execute(query.with_for_update() if hold else query)
        row = found.mappings().one_or_none()
        if row is None:
            return None
        days = await self._days(user_id)
        return _enrolment(row, days)

    async def of_user(self, user_id: str) -> Sequence[Enrolment]:
        """By the index of users, and one more statement for all of their days."""
        query = select(ENROLMENTS).where(WHO.user_id == user_id)
        ordered = query.order_by(WHO.touched_at.desc(), WHO.program_id)
        rows = (await self._connection.execute(ordered)).mappings().all()
        days = await self._days(user_id) if rows else []
        return [_enrolment(row, days) for row in rows]

    async def save(self, enrolment: Enrolment) -> None:
        """One row."""
        same = (WHO.user_id == enrolment.user_id, WHO.program_id == enrolment.program_id)
        await self._connection.execute(ENROLMENTS.update().where(*same).values(_values(enrolment)))

    async def save_day(self, enrolment: Enrolment, day: DoneDay) -> None:
        """Inserts or replaces."""
        values = asdict(day)
        whose = (enrolment.user_id, enrolment.program_id, enrolment.round)
        keys = dict(zip(("user_id", "program_id", "round"), whose, strict=True))
        changed = {name: value for name, value in values.items() if name != "day"}
        await self._connection.execute(
            insert(PROGRAM_DAYS)
            .values(**keys, **values)
            .on_conflict_do_update(index_elements=[*keys, "day"], set_=changed)
        )

    async def completions(self, user_id: str) -> Sequence[tuple[datetime, str]]:
        """A row a day of a person's programs: some hundreds at most."""
        query = select(DAY.completed_at, DAY.zone).where(
            DAY.user_id == user_id, DAY.completed_at.is_not(None)
        )
        rows = await self._connection.execute(query.order_by(DAY.completed_at))
        return [(row.completed_at, row.zone) for row in rows]

    async def _days(self, user_id: str) -> Sequence[RowMapping]:
        query = select(PROGRAM_DAYS).where(DAY.user_id == user_id).order_by(DAY.day)
        return (await self._connection.execute(query)).mappings().all()


def _values(enrolment: Enrolment) -> dict[str, Any]:
    values = asdict(enrolment)
    del values["days"]
    return {**values, "state": enrolment.state.value}


def _enrolment(row: RowMapping, days: Sequence[RowMapping]) -> Enrolment:
    own = (row["program_id"], row["round"])
    return Enrolment(
        **{**row, "state": EnrolmentState(row["state"])},
        days=tuple(
            DoneDay(**{name: day[name] for name in _OF_A_DAY})
            for day in days
            if (day["program_id"], day["round"]) == own
        ),
    )
