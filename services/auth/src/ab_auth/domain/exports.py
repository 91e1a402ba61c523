"""An export of all that is held of a user: when one begins, is tried again, counts and ends.

::

    queued ──taken──▶ collecting ──▶ packing ──▶ ready ──a week later──▶ swept
       ▲                  │              │
       └── lease ran out, or a dependency was away (five attempts) ──▶ failed
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from ab_shared.contracts.exporting import Archive, ExportState
from ab_shared.contracts.jobs import JobStage, JobStatus
from ab_shared.contracts.privacy import PrivacyJob

KEPT = timedelta(days=7)
NEW_AFTER = timedelta(days=1)
AFTER_FAILURE = timedelta(minutes=10)
LEASE = timedelta(minutes=2)
LETTING_GO = LEASE / 2
"""How long a worker may go on after its export was called off: it looks twice meanwhile."""
MOST_ATTEMPTS = 5
PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
COLLECTED = 0.3
"""Which part of ``progress`` the records make; the sound is the rest."""
FAILED = "The archive could not be made. Ask for it again later."
NAME = "affirmation-beats-data.zip"
_STATUS: dict[JobStage, JobStatus] = {"queued": "pending", "ready": "completed", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Export:
    """``attempt`` tells workers apart: whoever holds an older one has lost it."""

    job_id: UUID
    user_id: str
    issuer: str
    created_at: datetime
    stage: JobStage = "queued"
    progress: float = 0.0
    error: str | None = None
    attempt: int = 0
    due_at: datetime | None = None
    """When it may be taken: while somebody works on it, when their lease runs out."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = 1
    archive: Archive | None = None

    @property
    def live(self) -> bool:
        """Whether somebody works on it, or will."""
        return self.stage not in {"ready", "failed"}

    @property
    def key(self) -> str:
        """Where this attempt's archive lies: a slow worker never writes over a later one's."""
        return key_of(self.job_id, self.attempt)

    @property
    def keys(self) -> tuple[str, ...]:
        """Where any attempt may have left one."""
        return tuple(key_of(self.job_id, one) for one in range(1, self.attempt + 1))

    def job(self) -> PrivacyJob:
        """The job as its owner sees it."""
        return PrivacyJob(
            id=self.job_id,
            kind="export",
            state=_STATUS.get(self.stage, "processing"),
            stage=self.stage,
            progress=self.progress,
            error=self.error,
            created_at=self.created_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
            version=self.version,
        )

    def state(self) -> ExportState:
        """What whoever asked for it is answered."""
        return ExportState(job_id=self.job_id, archive=self.archive)


def key_of(job_id: UUID, attempt: int) -> str:
    """The key of an archive; its last part is the name it is saved under."""
    return f"exports/{job_id}/{attempt}/{NAME}"


def begun(job_id: UUID, user_id: str, issuer: str, at: datetime) -> Export:
    """A new export, due at once."""
    return Export(job_id, user_id, issuer, at, due_at=at)


def taken(export: Export, at: datetime) -> Export:
    """The next attempt, held for as long as a lease lasts."""
    return replace(
        export,
        stage="collecting",
        attempt=export.attempt + 1,
        due_at=at + LEASE,
        started_at=export.started_at or at,
        version=export.version + 1,
    )


def moved(export: Export, stage: JobStage, progress: float, at: datetime) -> Export:
    """Further; the bar of a later attempt never falls back."""
    return replace(
        export,
        stage=stage,
        progress=max(export.progress, min(progress, 0.99)),
        due_at=at + LEASE,
        version=export.version + 1,
    )


def finished(export: Export, size: int, sha256: str, at: datetime) -> Export:
    """Ready, for a week."""
    archive = Archive(key=export.key, bytes=size, sha256=sha256, expires_at=at + KEPT)
    return replace(
        export,
        stage="ready",
        progress=1.0,
        due_at=None,
        finished_at=at,
        version=export.version + 1,
        archive=archive,
    )


def given_up(export: Export, at: datetime, *, again: bool) -> Export:
    """After a failed attempt: due once more a little later, or failed for good."""
    if again and export.attempt < MOST_ATTEMPTS:
        pause = PAUSES[min(export.attempt, len(PAUSES)) - 1]
        return replace(export, due_at=at + pause, version=export.version + 1)
    return replace(
        export,
        stage="failed",
        error=FAILED,
        due_at=None,
        finished_at=at,
        version=export.version + 1,
    )


def called_off(export: Export, at: datetime) -> Export:
    """No attempt's any more: whoever works on it can't keep anything, and nobody else takes it."""
    if not export.live:
        return export
    after = replace(export, attempt=export.attempt + 1, version=export.version + 1)
    return replace(after, stage="failed", error=FAILED, due_at=None, finished_at=at)


def let_go(export: Export, at: datetime) -> bool:
    """Whether nobody can be storing anything for it any more."""
    if export.live or export.finished_at is None:
        return False
    return export.stage == "ready" or at - export.finished_at >= LETTING_GO


def answers(newest: Export, now: datetime, *, fresh: bool) -> bool:
    """Whether the newest export is the answer, or another one begins."""
    if newest.live:
        return True
    if newest.archive is None or newest.archive.expires_at <= now:
        return False
    return not fresh or now - newest.created_at < NEW_AFTER


def must_wait(newest: Export, now: datetime) -> timedelta | None:
    """How long until another try, after one that failed; None for now."""
    if newest.stage != "failed" or newest.finished_at is None:
        return None
    left = newest.finished_at + AFTER_FAILURE - now
    return left if left > timedelta() else None
