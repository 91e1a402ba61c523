"""Jobs and the reads that live ones wait for, in Postgres."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.errors import Conflict
from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.tables import JOB_READS, JOBS, LIVE
from ab_session.domain.job import Job, Made, Stage
from ab_session.domain.plan import PlannedRead
from ab_session.domain.sounds import Found

ADD_READS = text("""
    INSERT INTO job_reads (job_id, position, speech_address, prepared_address, preparing)
    SELECT :job_id, r.position, r.speech, r.prepared, r.preparing FROM unnest(
        CAST(:positions AS integer[]), CAST(:speech AS text[]),
        CAST(:prepared AS text[]), CAST(:preparing AS boolean[])
    ) AS r(position, speech, prepared, preparing)
""")
# A prepared read counts as spoken, whether or not its raw speech is still known.
FOUND = text("""
    SELECT j.id, r.spoken, r.prepared,
        EXISTS (SELECT FROM tracks AS t WHERE t.track_address = j.track_address) AS track,
        NOT EXISTS (
            SELECT FROM unnest(ARRAY[j.brain_stem_id, j.background_stem_id]) AS wanted(stem_id)
            LEFT JOIN stems AS m ON m.stem_id = wanted.stem_id WHERE m.asset IS NULL
        ) AS stems
    FROM jobs AS j CROSS JOIN LATERAL (
        SELECT count(p.prepared_address) AS prepared,
            count(coalesce(p.prepared_address, s.speech_address)) AS spoken
        FROM job_reads AS r
        LEFT JOIN spoken_reads AS s ON s.speech_address = r.speech_address
        LEFT JOIN prepared_reads AS p ON p.prepared_address = r.prepared_address
        WHERE r.job_id = j.id
    ) AS r
    WHERE j.id = ANY(CAST(:job_ids AS uuid[]))
""")
FIRST_POSITION = text("""
    SELECT min(r.position) FROM job_reads AS r
    WHERE r.job_id = :job_id
      AND (r.speech_address = :speech OR r.prepared_address = :prepared)
      AND NOT EXISTS (
          SELECT FROM prepared_reads AS p WHERE p.prepared_address = r.prepared_address
      )
      AND (CAST(:speech AS text) IS NULL OR NOT EXISTS (
          SELECT FROM spoken_reads AS s WHERE s.speech_address = r.speech_address
      ))
""")
STEMS = ("brain_stem_id", "background_stem_id")
MADE = (
    *("made_spoken", "made_prepared", "made_tracks"),
    *("made_characters", "made_rendered_ms", "made_render_ms", "made_micros"),
)
SAME = (
    *("id", "session_id", "owner_user_id", "attempt", "reads", "track_address"),
    *("holds_generation", "progress", "error", "version", "ready_reads", "rendering", "remakes"),
    *("revivals", "stage_ms", "created_at", "started_at", "finished_at"),
    *("stage_since", "moved_at", "due_at"),
)
FIXED = frozenset(
    {"id", "session_id", "owner_user_id", "attempt", "reads", "track_address", "created_at"}
    | {*STEMS, "holds_generation"}
)

COLUMNS = JOBS.c
CHANGING = [name for name in (*SAME, *MADE, "stage") if name not in FIXED]
# Built once: putting a statement together costs more than running it.
ADD = insert(JOBS).on_conflict_do_nothing()
SAVE = (
    JOBS.update()
    .where(COLUMNS.id == bindparam("job_id"))
    .values({name: bindparam(f"new_{name}") for name in CHANGING})
)
REOPEN = SAVE.values(holds_generation=bindparam("new_holds_generation"))
REPLAN = SAVE.values(track_address=bindparam("new_track_address"))
FORGET_READS = JOB_READS.delete().where(JOB_READS.c.job_id == bindparam("job_id"))
FIND = select(JOBS).where(COLUMNS.id == bindparam("job_id"))
HOLD = FIND.with_for_update()
LATEST = (
    select(JOBS)
    .where(COLUMNS.session_id == bindparam("session_id"))
    .order_by(COLUMNS.attempt.desc())
    .limit(1)
)
SEQUENCE = (
    select(JOB_READS.c.prepared_address)
    .where(JOB_READS.c.job_id == bindparam("job_id"))
    .order_by(JOB_READS.c.position)
)
OVERDUE = (
    select(JOBS)
    .where(text(LIVE), COLUMNS.due_at <= bindparam("now"))
    .order_by(COLUMNS.due_at)
    .limit(1)
    # A job that somebody holds is moving: it needs no looking after.
    .with_for_update(skip_locked=True)
)


def _waiting(condition: ColumnElement[bool]) -> Select[Any]:
    """Live jobs, locked in one order everywhere: two events never wait for each other."""
    query = select(JOBS).where(text(LIVE), condition).order_by(COLUMNS.id)
    return query.with_for_update()


def _with_read(column: ColumnElement[str]) -> ColumnElement[bool]:
    return COLUMNS.id.in_(select(JOB_READS.c.job_id).where(column == bindparam("what")))


WAITING_FOR_SPEECH = _waiting(_with_read(JOB_READS.c.speech_address))
WAITING_FOR_PREPARED = _waiting(_with_read(JOB_READS.c.prepared_address))
WAITING_FOR_TRACK = _waiting(COLUMNS.track_address == bindparam("what"))
WAITING_FOR_STEM = _waiting(or_(*(COLUMNS[name] == bindparam("what") for name in STEMS)))


class JobRows:
    """Implements ``Jobs``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, job: Job, reads: Sequence[PlannedRead], preparing: Container[str]) -> bool:
        """Two inserts, one for a job that is done at once."""
        if (await self._connection.execute(ADD, _values(job))).rowcount == 0:
            return False
        if job.live:
            await self._connection.execute(ADD_READS, _read_rows(job, reads, preparing))
        return True

    async def find(self, job_id: UUID, *, hold: bool = False) -> Job | None:
        """By id."""
        return await self._one(HOLD if hold else FIND, job_id=job_id)

    async def latest(self, session_id: UUID) -> Job | None:
        """By attempt."""
        return await self._one(LATEST, session_id=session_id)

    async def save(self, job: Job) -> None:
        """Only what can change; one row, and at the end the reads go at once."""
        values = _values(job)
        changed = {f"new_{name}": values[name] for name in CHANGING}
        await self._connection.execute(SAVE, {"job_id": job.id, **changed})
        if not job.live:
            await self._connection.execute(FORGET_READS, {"job_id": job.id})

    async def reopen(self, job: Job, reads: Sequence[PlannedRead]) -> None:
        """One update, and the reads again where it is not finished at once."""
        values = _values(job)
        changed = {f"new_{name}": values[name] for name in (*CHANGING, "holds_generation")}
        try:
            await self._connection.execute(REOPEN, {"job_id": job.id, **changed})
        except IntegrityError as error:  # one live job a session
            raise Conflict("A newer job of this session is live") from error
        if job.live:
            await self._connection.execute(ADD_READS, _read_rows(job, reads, frozenset()))

    async def replan(self, job: Job, reads: Sequence[PlannedRead]) -> None:
        """The job, and other reads in place of those it had."""
        values = _values(job)
        changed = {f"new_{name}": values[name] for name in (*CHANGING, "track_address")}
        await self._connection.execute(REPLAN, {"job_id": job.id, **changed})
        await self._connection.execute(FORGET_READS, {"job_id": job.id})
        await self._connection.execute(ADD_READS, _read_rows(job, reads, frozenset()))

    async def page(self, stages: Sequence[Stage], before: datetime | None, limit: int) -> list[Job]:
        """Sorts all: people ask for this now and then, an index would cost every job."""
        query = select(JOBS).order_by(COLUMNS.created_at.desc(), COLUMNS.id).limit(limit)
        if stages:
            query = query.where(COLUMNS.stage.in_([stage.value for stage in stages]))
        if before is not None:
            query = query.where(COLUMNS.created_at < before)
        rows = (await self._connection.execute(query)).mappings()
        return [job_of(row) for row in rows]

    async def waiting_for_speech(self, speech_address: str) -> list[Job]:
        """By the reads of live jobs."""
        return await self._all(WAITING_FOR_SPEECH, speech_address)

    async def waiting_for_prepared(self, prepared_address: str) -> list[Job]:
        """By the reads of live jobs."""
        return await self._all(WAITING_FOR_PREPARED, prepared_address)

    async def waiting_for_track(self, track_address: str) -> list[Job]:
        """By the track of live jobs."""
        return await self._all(WAITING_FOR_TRACK, track_address)

    async def waiting_for_stem(self, stem_id: str) -> list[Job]:
        """By either stem of live jobs."""
        return await self._all(WAITING_FOR_STEM, stem_id)

    async def found(self, job_ids: Iterable[UUID]) -> dict[UUID, Found]:
        """Counted anew each time; nothing is added up that could be added up twice."""
        result = await self._connection.execute(FOUND, {"job_ids": list(job_ids)})
        return {
            row.id: Found(row.spoken, row.prepared, track=row.track, stems=row.stems)
            for row in result
        }

    async def sequence(self, job_id: UUID) -> tuple[str, ...]:
        """In playing order."""
        rows = await self._connection.execute(SEQUENCE, {"job_id": job_id})
        return tuple(rows.scalars())

    async def first_position(
        self, job_id: UUID, *, speech: str | None = None, prepared: str | None = None
    ) -> int | None:
        """Of reads that do not exist."""
        wanted = {"job_id": job_id, "speech": speech, "prepared": prepared}
        position: int | None = await self._connection.scalar(FIRST_POSITION, wanted)
        return position

    async def overdue(self, now: datetime) -> Job | None:
        """The one that has waited longest."""
        return await self._one(OVERDUE, now=now)

    async def _all(self, query: Select[Any], what: str) -> list[Job]:
        rows = (await self._connection.execute(query, {"what": what})).mappings()
        return [job_of(row) for row in rows]

    async def _one(self, query: Select[Any], **wanted: Any) -> Job | None:
        row = (await self._connection.execute(query, wanted)).mappings().one_or_none()
        return job_of(row) if row else None


def _read_rows(job: Job, reads: Sequence[PlannedRead], preparing: Container[str]) -> dict[str, Any]:
    return {
        "job_id": job.id,
        "positions": [read.position for read in reads],
        "speech": [read.speech_address for read in reads],
        "prepared": [read.prepared_address for read in reads],
        "preparing": [read.prepared_address in preparing for read in reads],
    }


def _values(job: Job) -> dict[str, Any]:
    return {
        **{name: getattr(job, name) for name in SAME},
        **dict(zip(STEMS, job.stem_ids, strict=True)),
        **dict(zip(MADE, job.made, strict=True)),
        "stage": job.stage.value,
    }


def job_of(row: Mapping[str, Any] | RowMapping) -> Job:
    """The job that a row holds."""
    return Job(
        **{name: row[name] for name in SAME},
        stem_ids=(row[STEMS[0]], row[STEMS[1]]),
        made=Made(*(row[name] for name in MADE)),
        stage=Stage(row["stage"]),
    )
