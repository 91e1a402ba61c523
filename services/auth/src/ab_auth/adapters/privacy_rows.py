"""Erasures in Postgres, and everything that is kept of a user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.contracts.privacy import ListPrivacyJobs
from ab_shared.database.unit import PostgresUnits
from sqlalchemy import Executable, RowMapping, Table, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_auth.adapters.key_tables import ApiKeyRow
from ab_auth.adapters.postgres import PostgresUnit
from ab_auth.adapters.privacy_tables import PrivacyJobRow
from ab_auth.adapters.tables import METADATA
from ab_auth.domain.privacy_job import PrivacyRecord

HOLD_ERASURE = text("SELECT pg_advisory_xact_lock(hashtextextended('erasure ' || :user_id, 0))")
RENAME = text("SELECT rename_in_audit(:user_id, :proof)")
MENTIONS = text("SELECT rename_mentions(:user_id, :proof, :behind, :most)")
USER_ID = "user_id"
JOBS: Table = METADATA.tables[str(PrivacyJobRow.__tablename__)]
C = JOBS.c
NAMES = tuple(field.name for field in fields(PrivacyRecord))
COLUMNS = [C[name] for name in NAMES]
# Who gave somebody else a role or a key: the deed stays, its doer's name goes.
AUTHORS = (METADATA.tables["admins"].c.granted_by, METADATA.tables["api_keys"].c.made_by)
LIVE = (C.kind == "erasure", C.finished_at.is_(None))


def personal_tables() -> list[Table]:
    """Every table with rows of a user, those that refer to others first; jobs have their own way.

    Found by their column, so that a table that comes later is not forgotten.
    """
    rows = [t for t in reversed(METADATA.sorted_tables) if USER_ID in t.c and t is not JOBS]
    return [*rows, METADATA.tables["users"]]


class PostgresPrivacyUnit(PostgresUnit):
    """Implements ``PrivacyUnit`` on one open transaction."""

    async def hold_erasure(self, user_id: str) -> None:
        """Takes the user's advisory lock until the transaction ends."""
        await self._connection.execute(HOLD_ERASURE, {USER_ID: user_id})

    async def live_erasure(self, user_id: str) -> PrivacyRecord | None:
        """By the index that keeps it the only one."""
        return await self._job(select(*COLUMNS).where(C.user_id == user_id, *LIVE))

    async def add_erasure(self, record: PrivacyRecord) -> None:
        """Inserts."""
        await self._connection.execute(insert(JOBS).values(_values(record)))

    async def privacy_job(self, job_id: UUID, *, hold: bool = False) -> PrivacyRecord | None:
        """By id."""
        query = select(*COLUMNS).where(C.id == job_id)
        return await self._job(query.with_for_update() if hold else query)

    async def keep_erasure(self, record: PrivacyRecord) -> None:
        """One row."""
        await self._connection.execute(
            JOBS.update().where(C.id == record.id).values(_values(record))
        )

    async def due_erasure(self, now: datetime) -> PrivacyRecord | None:
        """The one that has waited longest."""
        query = select(*COLUMNS).where(*LIVE, C.due_at <= now).order_by(C.due_at).limit(1)
        return await self._job(query.with_for_update(skip_locked=True))

    async def privacy_jobs(
        self, wanted: ListPrivacyJobs, proofs: Sequence[str]
    ) -> Sequence[PrivacyRecord]:
        """One query; an erased user is found by a proof."""
        query = select(*COLUMNS).order_by(C.requested_at.desc(), C.id).limit(wanted.limit + 1)
        if wanted.live is not None:
            query = query.where(C.finished_at.is_(None) == wanted.live)
        if wanted.job_id is not None:
            query = query.where(C.id == wanted.job_id)
        if wanted.before is not None:
            query = query.where(C.requested_at < wanted.before)
        if proofs:
            query = query.where(C.proof.in_(proofs) | (C.user_id == wanted.user_id))
        return [_record(row) for row in (await self._connection.execute(query)).mappings()]

    async def oldest_erasure(self) -> tuple[int, datetime | None]:
        """Counted."""
        query = select(func.count(), func.min(C.requested_at)).where(*LIVE)
        number, since = (await self._connection.execute(query)).one()
        return number, since

    async def api_keys_of(self, user_id: str) -> Sequence[str]:
        """By the index of users."""
        query = select(col(ApiKeyRow.id)).where(col(ApiKeyRow.user_id) == user_id)
        return (await self._connection.execute(query)).scalars().all()

    async def forget_user(self, user_id: str) -> dict[str, int]:
        """A statement a table; what hangs on these rows goes with them."""
        counts: dict[str, int] = {}
        for table in personal_tables():
            key = table.c.id if table.name == "users" else table.c[USER_ID]
            gone = await self._connection.execute(delete(table).where(key == user_id))
            counts[table.name] = gone.rowcount
        return counts

    async def rename_in_trail(self, user_id: str, proof: str) -> int:
        """By the one function that may: this role has no right to change an entry."""
        name = f"erased:{proof}"
        for author in AUTHORS:
            renamed = update(author.table).where(author == user_id).values({author.name: name})
            await self._connection.execute(renamed)
        wanted = {USER_ID: user_id, "proof": name}
        return int((await self._connection.execute(RENAME, wanted)).scalar_one())

    async def rename_mentions(self, user_id: str, proof: str, behind: int, most: int) -> int | None:
        """By the primary key, a bounded number of entries."""
        wanted = {USER_ID: user_id, "proof": f"erased:{proof}", "behind": behind, "most": most}
        last: int | None = (await self._connection.execute(MENTIONS, wanted)).scalar_one()
        return last

    async def _job(self, query: Executable) -> PrivacyRecord | None:
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return _record(row) if row else None


class PostgresPrivacyStore(PostgresUnits[PostgresPrivacyUnit]):
    """Implements ``PrivacyStore``."""

    unit = PostgresPrivacyUnit


def _values(record: PrivacyRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in NAMES}


def _record(row: RowMapping) -> PrivacyRecord:
    return PrivacyRecord(**row)
