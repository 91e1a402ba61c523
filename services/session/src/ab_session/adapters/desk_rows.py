"""Everybody's sessions as administrators see them, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from ab_shared.contracts.desk_stats import SessionStats
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.session_desk import ListAnySessions, NeededObject, SessionDeskRow
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, lateral, or_, select, text
from sqlalchemy.sql import true

from ab_session.adapters.job_rows import job_of
from ab_session.adapters.mixdown_rows import mixdown_job
from ab_session.adapters.tables import JOBS, MIXDOWN_JOBS, MIXDOWNS, SESSIONS
from ab_session.domain.desk import goal_key, shown_goal, state_of
from ab_session.domain.job import LIVE, snapshot
from ab_session.domain.mixdown import Mixdown, MixdownStage

SESSION = SESSIONS.c
NEWEST = lateral(
    select(JOBS).where(JOBS.c.session_id == SESSION.id).order_by(JOBS.c.attempt.desc()).limit(1)
).alias("newest")
JOB = {column.name: column.label(f"job_{column.name}") for column in NEWEST.c}
# Which rows are in which state; state_of says the same of a row.
HAS_TRACK = SESSION.track_address.is_not(None)
WORKING = NEWEST.c.stage.in_([stage.value for stage in LIVE])
FAILED = NEWEST.c.stage == "failed"
STATES: dict[str, ColumnElement[bool]] = {
    "working": WORKING,
    "ready": and_(HAS_TRACK, WORKING.is_not(true())),
    "failed": and_(~HAS_TRACK, FAILED),
    "silent": and_(
        ~HAS_TRACK, or_(NEWEST.c.stage.is_(None), NEWEST.c.stage.in_(["cancelled", "ready"]))
    ),
}
STAGES = {"working": [stage.value for stage in LIVE], "failed": ["failed"]}
STATS = text("""
    SELECT
        (SELECT count(*) FROM sessions WHERE owner_user_id IS NOT NULL) AS sessions,
        (SELECT count(*) FROM sessions
            WHERE owner_user_id IS NOT NULL AND created_at >= :today) AS created_today,
        (SELECT count(*) FROM sessions
            WHERE owner_user_id IS NOT NULL AND created_at >= :week) AS created_week,
        ended.*
    FROM (
        SELECT count(*) FILTER (WHERE stage = 'ready') AS renders_ok,
            count(*) FILTER (WHERE stage = 'failed') AS renders_failed,
            count(*) FILTER (WHERE stage = 'cancelled') AS renders_cancelled
        FROM jobs WHERE finished_at >= :yesterday
    ) AS ended
""")
LIVE_BY_STAGE = text("""
    SELECT 'jobs' AS kind, stage, count(*) AS number, min(created_at) AS oldest FROM jobs
    WHERE stage IN ('queued', 'speaking', 'preparing', 'merging') GROUP BY stage
    UNION ALL
    SELECT 'mixdowns', stage, count(*), min(created_at) FROM mixdown_jobs
    WHERE stage IN ('queued', 'mixing') GROUP BY stage
""")


class PostgresDeskUnit(PostgresUnitOfWork):
    """Implements ``DeskUnit`` on one open transaction."""

    async def page(self, wanted: ListAnySessions, limit: int) -> Sequence[SessionDeskRow]:
        """By the index of time; each with its newest job."""
        query = select(
            SESSION.id,
            SESSION.owner_user_id,
            SESSION.source,
            SESSION.goal_tag,
            func.cardinality(SESSION.lines).label("lines"),
            SESSION.voice_id,
            SESSION.recipe["provider"].as_string().label("provider"),
            *(SESSION.track_address, SESSION.generated_at, SESSION.version),
            *(SESSION.created_at, SESSION.updated_at, *JOB.values()),
        ).select_from(SESSIONS.outerjoin(NEWEST, true()))
        query = query.order_by(SESSION.created_at.desc(), SESSION.id.desc()).limit(limit)
        rows = (await self._connection.execute(_narrowed(query, wanted))).mappings()
        return [_row(row) for row in rows]

    async def mixdown_jobs(
        self, stages: Sequence[str], before: datetime | None, limit: int
    ) -> Sequence[Mixdown]:
        """Sorts all, as the list of audio jobs does: people ask for it now and then."""
        job = MIXDOWN_JOBS.c
        query = select(MIXDOWN_JOBS).order_by(job.created_at.desc(), job.id).limit(limit)
        if stages:
            query = query.where(job.stage.in_(stages))
        if before is not None:
            query = query.where(job.created_at < before)
        rows = (await self._connection.execute(query)).mappings()
        return [mixdown_job(row) for row in rows]

    async def files_of(self, session_id: UUID) -> Sequence[NeededObject]:
        """Each file once."""
        job, file = MIXDOWN_JOBS.c, MIXDOWNS.c
        wanted = select(job.mixdown_address).where(
            job.session_id == session_id, job.stage == MixdownStage.READY.value
        )
        query = select(file.mixdown_address, file.asset).where(file.mixdown_address.in_(wanted))
        rows = (await self._connection.execute(query.order_by(file.mixdown_address))).all()
        return [_file(row[0], AssetRef.model_validate(row[1])) for row in rows]

    async def stats(self, now: datetime) -> SessionStats:
        """Two statements, by the indexes of time and of live jobs."""
        today = datetime.combine(now.astimezone(UTC).date(), time.min, UTC)
        since = {
            "today": today,
            "week": today - timedelta(days=6),
            "yesterday": now - timedelta(days=1),
        }
        counts = (await self._connection.execute(STATS, since)).mappings().one()
        live = (await self._connection.execute(LIVE_BY_STAGE)).all()
        jobs = [row for row in live if row.kind == "jobs"]
        files = [row for row in live if row.kind == "mixdowns"]
        return SessionStats(
            **counts,
            jobs={row.stage: row.number for row in jobs},
            oldest_job_at=min((row.oldest for row in jobs), default=None),
            mixdowns={row.stage: row.number for row in files},
            oldest_mixdown_at=min((row.oldest for row in files), default=None),
        )


class PostgresDesk(PostgresUnits[PostgresDeskUnit]):
    """Implements ``Desk``."""

    unit = PostgresDeskUnit


def _narrowed(query: Select[Any], wanted: ListAnySessions) -> Select[Any]:
    if wanted.session_id is not None:
        return query.where(SESSION.id == wanted.session_id)
    if wanted.owner_user_id is not None:
        query = query.where(SESSION.owner_user_id == wanted.owner_user_id)
    if wanted.source is not None:
        query = query.where(SESSION.source == wanted.source)
    if wanted.goal is not None:
        said = func.replace(func.lower(SESSION.goal_tag), " ", "-")
        query = query.where(said == goal_key(wanted.goal))
    if wanted.state is not None:
        query = query.where(STATES[wanted.state])
    if wanted.state in STAGES:
        # Rare ones are not looked for session by session.
        among = select(JOBS.c.session_id).where(JOBS.c.stage.in_(STAGES[wanted.state]))
        query = query.where(SESSION.id.in_(among))
    if wanted.before is not None:
        at, last = wanted.before.created_at, wanted.before.session_id
        older = or_(SESSION.created_at < at, SESSION.id < last)
        query = query.where(SESSION.created_at <= at, older)
    return query


def _row(row: RowMapping) -> SessionDeskRow:
    newest = None
    if row["job_id"] is not None:
        newest = job_of({name: row[label.name] for name, label in JOB.items()})
    return SessionDeskRow(
        session_id=row["id"],
        owner_user_id=row["owner_user_id"],
        source=row["source"],
        goal_tag=shown_goal(row["goal_tag"]),
        state=state_of(newest, has_track=row["track_address"] is not None),
        lines=row["lines"],
        voice_id=row["voice_id"],
        provider=row["provider"],
        track_address=row["track_address"],
        generated_at=row["generated_at"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        last_job=snapshot(newest) if newest else None,
    )


def _file(name: str, asset: AssetRef) -> NeededObject:
    return NeededObject(
        kind="mixdown", name=name, role="offline", bytes=asset.bytes, sha256=asset.sha256
    )
