"""The audio job: a state machine of pure values.

::

    queued ──▶ speaking ──▶ preparing ──▶ merging ──▶ ready
      │  (any later stage may be reached at once where the sound exists already)
      ├──▶ failed        a line cannot be spoken, a part cannot be made, or nothing moves
      └──▶ cancelled     its owner said so; failed to the outside, with the error "Cancelled"

    failed, cancelled ──▶ queued     somebody who runs the stack said so; costs its owner nothing

A job is moved by what exists, never by counting messages: hearing the same thing twice, late or in
another order leads to the same job.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from ab_shared.contracts.identifiers import job_id_for
from ab_shared.contracts.jobs import STAGE_SPAN, JobSnapshot, JobStatus
from ab_shared.errors import Conflict

from ab_session.domain.plan import Plan
from ab_session.domain.reasons import TRACK_FAILED
from ab_session.domain.sounds import Found

CANCELLED = "Cancelled"
# Reads that get lost again and again mean a broken store: remaking costs speech each time.
MAX_REMAKES = 3
# As long as a line may take to speak, so that a slow part is not asked twice.
REVIVE_AFTER = timedelta(seconds=60)
BUDGET = timedelta(minutes=10)
MAX_DOUBLINGS = 4
# Steps of 2 %: finer than a progress bar shows, and some 50 events a job.
TELL_STEPS = 50
# With the track there and a stem missing, the bar stands short of its end.
TRACK_SHARE = 0.9


class Stage(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    SPEAKING = "speaking"
    PREPARING = "preparing"
    MERGING = "merging"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ORDER = (Stage.QUEUED, Stage.SPEAKING, Stage.PREPARING, Stage.MERGING, Stage.READY)
LIVE = frozenset(_ORDER[:-1])
_STATUS: dict[Stage, JobStatus] = {
    Stage.QUEUED: "pending",
    Stage.READY: "completed",
    Stage.FAILED: "failed",
    Stage.CANCELLED: "failed",
}


@dataclass(frozen=True, slots=True)
class Made:
    """What was newly made for a job: reads spoken, reads prepared, tracks rendered.

    ``characters`` went to a provider; ``rendered_ms`` is how much sound came of ``render_ms`` of
    rendering, ``micros`` what vendors were paid, in millionths of a dollar.
    """

    spoken: int = 0
    prepared: int = 0
    tracks: int = 0
    characters: int = 0
    rendered_ms: int = 0
    render_ms: int = 0
    micros: int = 0

    def __add__(self, other: Made) -> Made:
        return Made(*(mine + more for mine, more in zip(self, other, strict=True)))

    def __iter__(self) -> Iterator[int]:
        return iter(
            (
                *(self.spoken, self.prepared, self.tracks),
                *(self.characters, self.rendered_ms, self.render_ms, self.micros),
            )
        )


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt at a session's audio. All instants are aware UTC.

    ``ready_reads`` is how many of its ``reads`` need no more work; ``rendering`` says that a track
    has been asked for; ``due_at`` is when somebody should look why it does not move.
    """

    id: UUID
    session_id: UUID
    owner_user_id: str | None
    attempt: int
    reads: int
    track_address: str
    stem_ids: tuple[str, str]
    holds_generation: bool
    created_at: datetime
    stage_since: datetime
    moved_at: datetime
    due_at: datetime
    stage: Stage = Stage.QUEUED
    progress: float = 0.0
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = 1
    ready_reads: int = 0
    made: Made = field(default_factory=Made)
    rendering: bool = False
    remakes: int = 0
    revivals: int = 0
    stage_ms: dict[str, int] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether it still waits for something."""
        return self.stage in LIVE

    @property
    def status(self) -> JobStatus:
        """The status the app knows."""
        return _STATUS.get(self.stage, "processing")


def new_job(
    plan: Plan,
    session_id: UUID,
    owner_user_id: str | None,
    *,
    attempt: int,
    holds_generation: bool,
    at: datetime,
) -> Job:
    """A queued job for a plan."""
    return Job(
        id=job_id_for(session_id, attempt),
        session_id=session_id,
        owner_user_id=owner_user_id,
        attempt=attempt,
        reads=len(plan.reads),
        track_address=plan.track_address,
        stem_ids=plan.stem_ids,
        holds_generation=holds_generation,
        created_at=at,
        stage_since=at,
        moved_at=at,
        due_at=at + REVIVE_AFTER,
    )


def advance(
    job: Job,
    found: Found,
    at: datetime,
    *,
    made: Made | None = None,
    took: timedelta = timedelta(0),
) -> Job:
    """The job after a look at what exists; the job itself when nothing moved or it has ended.

    ``made`` is what was newly made for it, ``took`` how long that work ran: a job's start is when
    the first work for it began, not when it was heard of.
    """
    if not job.live:
        return job
    # Never backwards: knowledge can be lost (a read made again), a progress bar cannot.
    stage = max(job.stage, _stage_for(job, found), key=_ORDER.index)
    progress = max(job.progress, _progress(job, stage, found))
    asks = found.prepared >= job.reads and not found.track
    moved = replace(
        job,
        stage=stage,
        progress=progress,
        ready_reads=job.reads if found.track else found.prepared,
        made=job.made + (made or Made()),
        rendering=job.rendering or asks,
    )
    return job if moved == job else _moved(job, moved, at, took)


def remake(job: Job, at: datetime) -> Job:
    """Prepared reads got lost while its track was spliced: they are made again, a few times."""
    if not job.live:
        return job
    if job.remakes >= MAX_REMAKES:
        return fail(job, TRACK_FAILED, at)
    moved = replace(job, rendering=False, remakes=job.remakes + 1)
    return _moved(job, moved, at, timedelta(0))


def fail(job: Job, reason: str, at: datetime) -> Job:
    """Ends a live job with a reason for its owner."""
    if not job.live:
        return job
    return _moved(job, replace(job, stage=Stage.FAILED, error=reason), at, timedelta(0))


def cancel(job: Job, at: datetime) -> Job:
    """Ends a live job because its owner said so; Conflict when it has ended already."""
    if not job.live:
        raise Conflict("The job has ended already")
    return _moved(job, replace(job, stage=Stage.CANCELLED, error=CANCELLED), at, timedelta(0))


def requeue(job: Job, at: datetime) -> Job:
    """A failed or cancelled job begins again; a live one gets all of its budget again.

    It holds no generation: the one it had went back when it ended. Conflict when it is finished.
    """
    if job.stage is Stage.READY:
        raise Conflict("The job is finished")
    at = max(at, job.stage_since)
    if job.live:
        return replace(job, revivals=0, moved_at=at, due_at=at + REVIVE_AFTER)
    return replace(
        job,
        stage=Stage.QUEUED,
        progress=0.0,
        error=None,
        started_at=None,
        finished_at=None,
        version=job.version + 1,
        ready_reads=0,
        rendering=False,
        remakes=0,
        revivals=0,
        stage_ms={},
        stage_since=at,
        moved_at=at,
        due_at=at + REVIVE_AFTER,
        holds_generation=False,
    )


def revive(job: Job, at: datetime) -> Job:
    """Looked after because it did not move; each time it is left alone for twice as long."""
    # Due at the end of the budget at the latest, so that giving up is on time.
    due = at + REVIVE_AFTER * 2 ** min(job.revivals + 1, MAX_DOUBLINGS)
    return replace(job, revivals=job.revivals + 1, due_at=min(due, job.moved_at + BUDGET))


def out_of_time(job: Job, at: datetime) -> bool:
    """Whether nothing has moved for longer than anybody should wait."""
    return at - job.moved_at >= BUDGET


def worth_telling(before: Job, after: Job) -> bool:
    """Whether watchers should hear of it: another stage, or a visible step of progress."""
    steps = [int(job.progress * TELL_STEPS) for job in (before, after)]
    return before.stage is not after.stage or steps[0] != steps[1]


def snapshot(job: Job) -> JobSnapshot:
    """The job as its owner sees it."""
    reused = max(0, job.ready_reads - job.made.prepared)
    return JobSnapshot(
        id=job.id,
        status=job.status,
        stage=job.stage.value,
        progress=job.progress,
        error=job.error,
        session_id=job.session_id,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        version=job.version,
        counts={
            "reads": job.reads,
            "spoken": job.made.spoken,
            "prepared": job.made.prepared,
            "reused": reused,
            "tracks": job.made.tracks,
        },
        stage_ms=job.stage_ms,
    )


def _stage_for(job: Job, found: Found) -> Stage:
    if found.track and found.stems:
        return Stage.READY
    if found.track or found.prepared >= job.reads:
        return Stage.MERGING
    if found.spoken >= job.reads:
        return Stage.PREPARING
    return Stage.SPEAKING if found.spoken else Stage.QUEUED


def _progress(job: Job, stage: Stage, found: Found) -> float:
    if stage is Stage.READY:
        return 1.0
    done = {
        Stage.SPEAKING: found.spoken / job.reads,
        Stage.PREPARING: found.prepared / job.reads,
        Stage.MERGING: TRACK_SHARE if found.track else 0.0,
    }
    if stage not in done:
        return 0.0
    start, end = STAGE_SPAN[stage.value]
    return round(start + (end - start) * min(1.0, done[stage]), 4)


def _moved(before: Job, after: Job, at: datetime, took: timedelta) -> Job:
    # Instances have clocks of their own; time spent must not become negative.
    at = max(at, before.stage_since)
    after = replace(
        after, version=before.version + 1, moved_at=at, due_at=at + REVIVE_AFTER, revivals=0
    )
    if after.stage is before.stage:
        return after
    left_at = at
    if before.stage is Stage.QUEUED and after.error is None:
        began = max(before.stage_since, at - took)
        left_at = began if after.live else at
        after = replace(after, started_at=began)
    after = replace(after, stage_since=left_at, stage_ms=_spent(before, left_at))
    return after if after.live else replace(after, finished_at=at)


def _spent(job: Job, until: datetime) -> dict[str, int]:
    milliseconds = int((until - job.stage_since) / timedelta(milliseconds=1))
    before = job.stage_ms.get(job.stage.value, 0)
    return {**job.stage_ms, job.stage.value: before + max(0, milliseconds)}
