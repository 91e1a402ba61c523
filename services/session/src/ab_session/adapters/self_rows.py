"""What listeners told of themselves, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ab_shared.contracts.preferences import Preferences, migrated, on_the_wire
from sqlalchemy import RowMapping, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.enrolment_rows import EnrolmentRows
from ab_session.adapters.self_tables import LISTENER_VALUES, LISTENERS
from ab_session.domain.listener import CurationWishes, PathStep, ValueRow
from ab_session.domain.program_catalogue import PROGRAMS
from ab_session.domain.programs import Programs, path_step

LISTENER = LISTENERS.c
VALUE = LISTENER_VALUES.c
_OF_A_VALUE = ("id", "value_id", "value_text", "rank", "created_at", "updated_at")


class SelfRows:
    """Implements ``SelfKnowledge``."""

    def __init__(self, connection: AsyncConnection, programs: Programs = PROGRAMS) -> None:
        self._connection = connection
        self._programs = programs

    async def values(self, user_id: str) -> tuple[ValueRow, ...]:
        """By the primary key."""
        query = select(*(VALUE[name] for name in _OF_A_VALUE)).where(VALUE.user_id == user_id)
        ordered = query.order_by(VALUE.rank.asc().nulls_last(), VALUE.position)
        rows = await self._connection.execute(ordered)
        return tuple(ValueRow(**row) for row in rows.mappings())

    async def replace_values(self, user_id: str, values: Sequence[ValueRow], at: datetime) -> None:
        """Two posts at once wait for each other at the listener's row: never a mixture of both."""
        await self._lock(user_id, at)
        kept = [value.value_id for value in values]
        gone = delete(LISTENER_VALUES).where(VALUE.user_id == user_id, VALUE.value_id.not_in(kept))
        await self._connection.execute(gone)
        if not values:
            return
        statement = insert(LISTENER_VALUES)
        changed = ("value_text", "rank", "position", "updated_at")
        upsert = statement.on_conflict_do_update(
            index_elements=["user_id", "value_id"],
            set_={name: statement.excluded[name] for name in changed},
        )
        rows = [
            {"user_id": user_id, "position": position, **asdict(value)}
            for position, value in enumerate(values)
        ]
        await self._connection.execute(upsert, rows)

    async def struggle(self, user_id: str) -> str | None:
        """By the primary key."""
        row = await self._row(user_id)
        return row["struggle"] if row else None

    async def save_struggle(self, user_id: str, struggle: str | None, at: datetime) -> None:
        """One row."""
        await self._write(user_id, at, struggle=struggle)

    async def preferences(self, user_id: str) -> Preferences | None:
        """By the primary key; whatever was stored is brought into the newest shape."""
        row = await self._row(user_id)
        return migrated(row["preferences"]) if row and row["preferences"] is not None else None

    async def hold_preferences(self, user_id: str, at: datetime) -> Preferences | None:
        """The listener's row is there before it is held: nothing to hold would hold nobody."""
        await self._lock(user_id, at)
        return await self.preferences(user_id)

    async def save_preferences(self, user_id: str, wanted: Preferences, at: datetime) -> None:
        """One row."""
        await self._write(user_id, at, preferences=on_the_wire(wanted))

    async def curation_preferences(self, user_id: str) -> CurationWishes | None:
        """By the primary key."""
        row = await self._row(user_id)
        return CurationWishes(**row["curation"]) if row and row["curation"] is not None else None

    async def save_curation_preferences(
        self, user_id: str, wishes: CurationWishes, at: datetime
    ) -> None:
        """One row."""
        await self._write(user_id, at, curation=asdict(wishes))

    async def active_path(self, user_id: str) -> PathStep | None:
        """By the index of users."""
        enrolments = await EnrolmentRows(self._connection).of_user(user_id)
        return path_step(enrolments, self._programs)

    async def _row(self, user_id: str) -> RowMapping | None:
        query = select(LISTENERS).where(LISTENER.user_id == user_id)
        return (await self._connection.execute(query)).mappings().one_or_none()

    async def _lock(self, user_id: str, at: datetime) -> None:
        values = {"user_id": user_id, "updated_at": at}
        await self._connection.execute(insert(LISTENERS).values(values).on_conflict_do_nothing())
        held = select(LISTENER.user_id).where(LISTENER.user_id == user_id).with_for_update()
        await self._connection.execute(held)

    async def _write(self, user_id: str, at: datetime, **parts: Any) -> None:
        values = {"updated_at": at, **parts}
        await self._connection.execute(
            insert(LISTENERS)
            .values(user_id=user_id, **values)
            .on_conflict_do_update(index_elements=["user_id"], set_=values)
        )
