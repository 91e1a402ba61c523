"""The job for an offline file: a state machine of pure values.

::

    queued ──▶ mixing ──▶ ready
      │  (ready may be reached at once where the file exists already)
      ├──▶ failed        a layer is gone, or nothing moves
      └──▶ cancelled     its owner said so; failed to the outside, with the error "Cancelled"
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from ab_shared.contracts.identifiers import mixdown_job_id_for
from ab_shared.contracts.jobs import JobSnapshot, JobStatus
from ab_shared.contracts.mixdowns import RenderMixdown
from ab_shared.errors import Conflict

from ab_session.domain.job import CANCELLED, MAX_DOUBLINGS, REVIVE_AFTER, TELL_STEPS

# A file tells of itself twice a second while it is mixed: ten minutes of silence mean nobody does.
MIXING_BUDGET = timedelta(minutes=10)
# Before that it waits its turn behind others, which take minutes each.
QUEUE_BUDGET = timedelta(hours=1)
# The bar reaches its end when the file can be fetched, not when its last second is mixed.
_MIXED = 0.99


class MixdownStage(StrEnum):
    """Where a job for an offline file stands."""

    QUEUED = "queued"
    MIXING = "mixing"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = frozenset({MixdownStage.QUEUED, MixdownStage.MIXING})
_STATUS: dict[MixdownStage, JobStatus] = {
    MixdownStage.QUEUED: "pending",
    MixdownStage.MIXING: "processing",
    MixdownStage.READY: "completed",
    MixdownStage.FAILED: "failed",
    MixdownStage.CANCELLED: "failed",
}


@dataclass(frozen=True, slots=True)
class Mixdown:
    """One attempt at one offline file, for the user who asked. All instants are aware UTC.

    ``command`` is what was asked of the sound engine, word for word, so that asking again is
    asking for the same; it is dropped when the job ends.
    """

    id: UUID
    session_id: UUID
    owner_user_id: str
    attempt: int
    mixdown_address: str
    track_address: str
    minutes: int
    command: RenderMixdown | None
    created_at: datetime
    stage_since: datetime
    moved_at: datetime
    due_at: datetime
    stage: MixdownStage = MixdownStage.QUEUED
    progress: float = 0.0
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = 1
    revivals: int = 0
    stage_ms: dict[str, int] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether it still waits for its file."""
        return self.stage in LIVE


def new_mixdown(
    command: RenderMixdown,
    session_id: UUID,
    owner_user_id: str,
    track_address: str,
    *,
    attempt: int,
    at: datetime,
) -> Mixdown:
    """A queued job; ``command`` gets the job's id."""
    address = command.mixdown_address
    job_id = mixdown_job_id_for(owner_user_id, session_id, address, attempt)
    return Mixdown(
        id=job_id,
        session_id=session_id,
        owner_user_id=owner_user_id,
        attempt=attempt,
        mixdown_address=address,
        track_address=track_address,
        minutes=command.minutes,
        command=command.model_copy(update={"job_id": job_id}),
        created_at=at,
        stage_since=at,
        moved_at=at,
        due_at=at + REVIVE_AFTER,
    )


def progressed(job: Mixdown, progress: float, at: datetime) -> Mixdown:
    """Further than before; other news show only that somebody works on it."""
    shown = round(min(progress, 1.0) * _MIXED, 4)
    if not job.live:
        return job
    if job.stage is MixdownStage.MIXING and shown <= job.progress:
        # After a crash another worker begins anew: until it is further, it must not count as dead.
        return replace(job, moved_at=at, due_at=at + REVIVE_AFTER) if at > job.moved_at else job
    moved = replace(job, stage=MixdownStage.MIXING, progress=max(job.progress, shown))
    return _moved(job, moved, at)


def finish(job: Mixdown, at: datetime) -> Mixdown:
    """The file exists."""
    if not job.live:
        return job
    return _moved(job, replace(job, stage=MixdownStage.READY, progress=1.0), at)


def fail(job: Mixdown, reason: str, at: datetime) -> Mixdown:
    """Ends a live job with a reason for its owner."""
    if not job.live:
        return job
    return _moved(job, replace(job, stage=MixdownStage.FAILED, error=reason), at)


def cancel(job: Mixdown, at: datetime) -> Mixdown:
    """Ends a live job because its owner said so; Conflict when it has ended already."""
    if not job.live:
        raise Conflict("The job has ended already")
    return _moved(job, replace(job, stage=MixdownStage.CANCELLED, error=CANCELLED), at)


def revive(job: Mixdown, at: datetime) -> Mixdown:
    """Looked after because it did not move; each time it is left alone for twice as long."""
    due = at + REVIVE_AFTER * 2 ** min(job.revivals + 1, MAX_DOUBLINGS)
    return replace(job, revivals=job.revivals + 1, due_at=min(due, _deadline(job)))


def out_of_time(job: Mixdown, at: datetime) -> bool:
    """Whether nothing has moved for longer than anybody should wait."""
    return at >= _deadline(job)


def worth_telling(before: Mixdown, after: Mixdown) -> bool:
    """Whether watchers should hear of it: another stage, or a visible step of progress."""
    steps = [int(job.progress * TELL_STEPS) for job in (before, after)]
    return before.stage is not after.stage or steps[0] != steps[1]


def snapshot(job: Mixdown) -> JobSnapshot:
    """The job as its owner sees it, in the shape of every job."""
    return JobSnapshot(
        id=job.id,
        type="mixdown",
        status=_STATUS[job.stage],
        stage=job.stage.value,
        progress=job.progress,
        error=job.error,
        session_id=job.session_id,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        version=job.version,
        counts={"minutes": job.minutes},
        stage_ms=job.stage_ms,
    )


def _deadline(job: Mixdown) -> datetime:
    mixing = job.stage is MixdownStage.MIXING
    return job.moved_at + (MIXING_BUDGET if mixing else QUEUE_BUDGET)


def _moved(before: Mixdown, after: Mixdown, at: datetime) -> Mixdown:
    # Instances have clocks of their own; time spent must not become negative.
    at = max(at, before.stage_since)
    due = at + REVIVE_AFTER
    after = replace(after, version=before.version + 1, moved_at=at, due_at=due, revivals=0)
    if after.stage is before.stage:
        return after
    spent = int((at - before.stage_since) / timedelta(milliseconds=1))
    stage_ms = {**before.stage_ms, before.stage.value: spent}
    after = replace(after, stage_since=at, stage_ms=stage_ms)
    if after.started_at is None and after.error is None:
        after = replace(after, started_at=at)
    return after if after.live else replace(after, finished_at=at, command=None)
