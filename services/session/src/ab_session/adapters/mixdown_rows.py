"""Offline files and the jobs that make them, in Postgres."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.mixdowns import MixdownRendered, RenderMixdown
from sqlalchemy import RowMapping, Select, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.session_there import session_there
from ab_session.adapters.tables import MIXDOWN_JOBS, MIXDOWN_LIVE, MIXDOWNS
from ab_session.domain.mixdown import Mixdown, MixdownStage

SAME = (
    *("id", "session_id", "owner_user_id", "attempt", "mixdown_address", "track_address"),
    *("minutes", "progress", "error", "version", "revivals", "stage_ms", "created_at"),
    *("started_at", "finished_at", "stage_since", "moved_at", "due_at"),
)
# Nobody else takes locks of this kind: they are the first of two numbers.
ALONE = text("SELECT pg_advisory_xact_lock(706172660, hashtext(:user_id))")
JOB = MIXDOWN_JOBS.c
FILE = MIXDOWNS.c
# What one message may name: CancelMixdown has the same bound.
MOST_GIVEN_UP = 100


class MixdownRows:
    """Implements ``Mixdowns``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, job: Mixdown) -> bool:
        """Inserts; False after waiting for whoever inserted the same."""
        statement = insert(MIXDOWN_JOBS).values(_values(job)).on_conflict_do_nothing()
        with session_there():
            return (await self._connection.execute(statement)).rowcount == 1

    async def find(self, job_id: UUID, *, hold: bool = False) -> Mixdown | None:
        """By id."""
        query = select(MIXDOWN_JOBS).where(JOB.id == job_id)
        return await self._one(query.with_for_update() if hold else query)

    async def latest(self, user_id: str, session_id: UUID, mixdown_address: str) -> Mixdown | None:
        """By attempt."""
        query = select(MIXDOWN_JOBS).where(
            JOB.mixdown_address == mixdown_address,
            JOB.session_id == session_id,
            JOB.owner_user_id == user_id,
        )
        return await self._one(query.order_by(JOB.attempt.desc()).limit(1))

    async def live_of(self, user_id: str) -> int:
        """Counted under a lock of the user's."""
        await self._connection.execute(ALONE, {"user_id": user_id})
        query = select(func.count()).where(JOB.owner_user_id == user_id, text(MIXDOWN_LIVE))
        return int((await self._connection.execute(query)).scalar_one())

    async def save(self, job: Mixdown) -> None:
        """One row."""
        await self._connection.execute(
            MIXDOWN_JOBS.update().where(JOB.id == job.id).values(_values(job))
        )

    async def waiting(self, mixdown_address: str) -> list[Mixdown]:
        """Locked in one order everywhere: two events never wait for each other."""
        query = select(MIXDOWN_JOBS).where(
            JOB.mixdown_address == mixdown_address, text(MIXDOWN_LIVE)
        )
        query = query.order_by(JOB.id).with_for_update()
        return [mixdown_job(row) for row in (await self._connection.execute(query)).mappings()]

    async def given_up(self, mixdown_address: str) -> tuple[UUID, ...]:
        """Newest first."""
        ended = (MixdownStage.FAILED.value, MixdownStage.CANCELLED.value)
        query = select(JOB.id).where(JOB.mixdown_address == mixdown_address, JOB.stage.in_(ended))
        query = query.order_by(JOB.created_at.desc()).limit(MOST_GIVEN_UP)
        return tuple((await self._connection.execute(query)).scalars())

    async def overdue(self, now: datetime) -> Mixdown | None:
        """The one that has waited longest."""
        query = select(MIXDOWN_JOBS).where(text(MIXDOWN_LIVE), JOB.due_at <= now)
        query = query.order_by(JOB.due_at).limit(1).with_for_update(skip_locked=True)
        return await self._one(query)

    async def rendered(self, event: MixdownRendered, at: datetime) -> None:
        """Inserts or replaces: it is made again where its object was lost."""
        values = {**event.model_dump(mode="json"), "rendered_at": at, "unwanted_since": None}
        changed = {name: value for name, value in values.items() if name != "mixdown_address"}
        await self._connection.execute(
            insert(MIXDOWNS)
            .values(values)
            .on_conflict_do_update(index_elements=["mixdown_address"], set_=changed)
        )

    async def file(self, mixdown_address: str) -> AssetRef | None:
        """By address."""
        query = select(FILE.asset).where(FILE.mixdown_address == mixdown_address)
        found = (await self._connection.execute(query)).scalar_one_or_none()
        return AssetRef.model_validate(found) if found else None

    async def _one(self, query: Select[Any]) -> Mixdown | None:
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return mixdown_job(row) if row else None


def _values(job: Mixdown) -> dict[str, Any]:
    return {
        **{name: getattr(job, name) for name in SAME},
        "stage": job.stage.value,
        "command": job.command.model_dump(mode="json") if job.command else None,
    }


def mixdown_job(row: RowMapping) -> Mixdown:
    """The job that a row holds."""
    command = row["command"]
    return Mixdown(
        **{name: row[name] for name in SAME},
        stage=MixdownStage(row["stage"]),
        command=RenderMixdown.model_validate(command) if command else None,
    )
