"""Exports in Postgres, beside erasures in one table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.contracts.exporting import Archive
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from sqlalchemy import RowMapping, Select, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_auth.adapters.privacy_tables import PrivacyJobRow as Job
from ab_auth.domain.exports import KEPT, Export, taken

EXPORT = "export"
HOLD_USER = text("SELECT pg_advisory_xact_lock(hashtextextended('export ' || :user_id, 0))")
IS_EXPORT = col(Job.kind) == EXPORT
EXPIRED = text("CAST(archive ->> 'expires_at' AS timestamptz) <= :now")
ALL = [col(getattr(Job, name)) for name in Job.model_fields]


class PostgresExportUnit(PostgresUnitOfWork):
    """Implements ``Exports`` on one open transaction."""

    async def hold_user(self, user_id: str) -> None:
        """Takes an advisory lock until the transaction ends."""
        await self._connection.execute(HOLD_USER, {"user_id": user_id})

    async def newest(self, user_id: str) -> Export | None:
        """By when it was asked for."""
        found = await self._all(_of(user_id).order_by(col(Job.requested_at).desc()).limit(1))
        return found[0] if found else None

    async def add(self, export: Export) -> None:
        """One row."""
        fixed = {
            "id": export.job_id,
            "kind": EXPORT,
            # A proof is kept of erasures; an export goes with its user.
            "proof": "",
            "requested_by": "user",
            "requested_at": export.created_at,
            "user_id": export.user_id,
            "issuer": export.issuer,
            "reports": {},
            "parts": {},
        }
        await self._connection.execute(insert(Job).values({**fixed, **_changing(export)}))

    async def take(self, now: datetime) -> Export | None:
        """The one that has waited longest."""
        query = select(*ALL).where(IS_EXPORT, col(Job.due_at) <= now)
        query = query.order_by(col(Job.due_at)).limit(1).with_for_update(skip_locked=True)
        found = await self._all(query)
        if not found:
            return None
        export = taken(found[0], now)
        statement = update(Job).where(col(Job.id) == export.job_id).values(_changing(export))
        await self._connection.execute(statement)
        return export

    async def renew(self, export: Export, until: datetime) -> bool:
        """One update."""
        renewed = await self._connection.execute(_held(export).values(due_at=until))
        return renewed.rowcount == 1

    async def keep(self, export: Export) -> bool:
        """One update."""
        return (
            await self._connection.execute(_held(export).values(_changing(export)))
        ).rowcount == 1

    async def of_user(self, user_id: str) -> Sequence[Export]:
        """All."""
        return await self._all(_of(user_id).with_for_update())

    async def call_off(self, export: Export) -> None:
        """One update."""
        mine = update(Job).where(IS_EXPORT, col(Job.id) == export.job_id)
        await self._connection.execute(mine.values(_changing(export)))

    async def outlived(self, now: datetime, limit: int) -> Sequence[Export]:
        """Exports are few: a week of them."""
        failed = (col(Job.stage) == "failed") & (col(Job.finished_at) <= now - KEPT)
        query = select(*ALL).where(IS_EXPORT, or_(EXPIRED.bindparams(now=now), failed))
        return await self._all(query.order_by(col(Job.requested_at)).limit(limit))

    async def forget(self, job_ids: Sequence[UUID]) -> int:
        """By id."""
        statement = delete(Job).where(IS_EXPORT, col(Job.id).in_(job_ids))
        return (await self._connection.execute(statement)).rowcount

    async def _all(self, query: Select[Any]) -> list[Export]:
        return [_export(row) for row in (await self._connection.execute(query)).mappings()]


class PostgresExports(PostgresUnits[PostgresExportUnit]):
    """Implements ``ExportStore``."""

    unit = PostgresExportUnit


def _of(user_id: str) -> Select[Any]:
    return select(*ALL).where(IS_EXPORT, col(Job.user_id) == user_id)


def _held(export: Export) -> Any:
    mine = (col(Job.id) == export.job_id, col(Job.asked) == export.attempt)
    return update(Job).where(IS_EXPORT, *mine, col(Job.finished_at).is_(None))


def _changing(export: Export) -> dict[str, Any]:
    return {
        "state": export.job().state,
        "stage": export.stage,
        "progress": export.progress,
        "error": export.error,
        "started_at": export.started_at,
        "finished_at": export.finished_at,
        "due_at": export.due_at,
        "asked": export.attempt,
        "version": export.version,
        "archive": export.archive.model_dump(mode="json") if export.archive else None,
    }


def _export(row: RowMapping) -> Export:
    archive = row["archive"]
    return Export(
        job_id=row["id"],
        user_id=row["user_id"],
        issuer=row["issuer"],
        created_at=row["requested_at"],
        stage=row["stage"],
        progress=row["progress"],
        error=row["error"],
        attempt=row["asked"],
        due_at=row["due_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        version=row["version"],
        archive=Archive.model_validate(archive) if archive else None,
    )
