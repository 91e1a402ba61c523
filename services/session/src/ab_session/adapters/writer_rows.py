"""Prompt templates and the writer's book, as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.tables import SESSIONS
from ab_session.adapters.writer_tables import PROMPT_VERSIONS, WRITER_DAYS
from ab_session.domain.prompts import PromptVersion, State
from ab_session.domain.spending import DaySpent, Limits, Usage

ERASED = "somebody erased"
PROMPTS_OF = text("""
    SELECT * FROM (
        SELECT key || ' ' || to_char(version, 'FM000000') AS key, key AS "template", version, text,
            note, created_at AS "createdAt"
        FROM prompt_versions WHERE created_by = :user_id
    ) AS p WHERE key COLLATE "C" > :after ORDER BY key COLLATE "C" LIMIT :limit
""")
GIVEN = (State.ACTIVE, State.TRIAL)
VERSION, DAY = PROMPT_VERSIONS.c, WRITER_DAYS.c
# Rows of a key that has none yet cannot be locked, so the key itself is.
HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('prompt ' || :key, 0))")


class PromptRows:
    """Implements ``PromptShelf``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Mapping[str, Sequence[PromptVersion]]:
        """One statement; there are few."""
        return _by_key(await self._read())

    async def given(self) -> Mapping[str, Sequence[PromptVersion]]:
        """One statement."""
        return _by_key(await self._read(VERSION.state.in_(GIVEN)))

    async def hold(self, key: str) -> Sequence[PromptVersion]:
        """Until the transaction ends."""
        await self._connection.execute(HOLD, {"key": key})
        return await self._read(VERSION.key == key)

    async def add(self, version: PromptVersion) -> None:
        """One row."""
        await self._connection.execute(insert(PROMPT_VERSIONS).values(**_row(version)))

    async def save(self, versions: Sequence[PromptVersion]) -> None:
        """First those that make room: at most one of a key is active, and one on trial."""
        for version in sorted(versions, key=lambda one: one.state in GIVEN):
            row = PROMPT_VERSIONS.update().where(
                VERSION.key == version.key, VERSION.version == version.number
            )
            values = {"state": version.state.value, "rollout_percent": version.percent}
            await self._connection.execute(row.values(values))

    async def _read(self, *where: Any) -> list[PromptVersion]:
        query = select(PROMPT_VERSIONS).where(*where)
        newest = query.order_by(VERSION.key, VERSION.version.desc())
        return [_version(row) for row in (await self._connection.execute(newest)).mappings()]


class WriterRows:
    """Implements ``WriterBook``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def reserve(self, day: date, micros: int, limits: Limits) -> bool:
        """One statement: two processes at once cannot both take the last of a day."""
        if limits.calls < 1 or micros > limits.micros:
            return False
        new = insert(WRITER_DAYS).values(day=day, calls=1, reserved_micros=micros)
        counted = new.on_conflict_do_update(
            index_elements=[DAY.day],
            set_={"calls": DAY.calls + 1, "reserved_micros": DAY.reserved_micros + micros},
            where=(DAY.calls < limits.calls)
            & (DAY.cost_micros + DAY.reserved_micros + micros <= limits.micros),
        )
        return (await self._connection.execute(counted)).rowcount > 0

    async def settle(self, day: date, reserved: int, micros: int, usage: Usage) -> None:
        """One statement."""
        changed = {
            "reserved_micros": DAY.reserved_micros - reserved,
            "cost_micros": DAY.cost_micros + micros,
            "prompt_tokens": DAY.prompt_tokens + usage.told,
            "cached_tokens": DAY.cached_tokens + usage.cached,
            "completion_tokens": DAY.completion_tokens + usage.written,
        }
        await self._connection.execute(WRITER_DAYS.update().where(DAY.day == day).values(changed))

    async def spent(self, day: date) -> DaySpent:
        """Nothing where there is no row."""
        found = await self._connection.execute(select(WRITER_DAYS).where(DAY.day == day))
        row = found.mappings().one_or_none()
        if row is None:
            return DaySpent()
        return DaySpent(row["calls"], row["reserved_micros"], row["cost_micros"])

    async def titles_of(self, user_id: str) -> frozenset[str]:
        """By the index of a user's sessions and that of the catalogue."""
        owner = SESSIONS.c.owner_user_id
        query = select(SESSIONS.c.title).where(or_(owner == user_id, owner.is_(None)))
        return frozenset((await self._connection.execute(query)).scalars())


async def forget_author(connection: AsyncConnection, user_id: str) -> int:
    """Takes an administrator's name off the texts they wrote, which stay; how many those are."""
    own = PROMPT_VERSIONS.update().where(VERSION.created_by == user_id)
    return (await connection.execute(own.values(created_by=ERASED))).rowcount


def _by_key(versions: Sequence[PromptVersion]) -> dict[str, list[PromptVersion]]:
    found: dict[str, list[PromptVersion]] = {}
    for version in versions:
        found.setdefault(version.key, []).append(version)
    return found


def _row(version: PromptVersion) -> dict[str, Any]:
    return {
        "key": version.key,
        "version": version.number,
        "state": version.state.value,
        "rollout_percent": version.percent,
        "text": version.text,
        "note": version.note,
        "created_by": version.created_by,
        "created_at": version.created_at,
    }


def _version(row: RowMapping) -> PromptVersion:
    return PromptVersion(
        key=row["key"],
        number=row["version"],
        text=row["text"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        state=State(row["state"]),
        percent=row["rollout_percent"],
        note=row["note"],
    )
