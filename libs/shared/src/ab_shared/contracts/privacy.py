"""Erasing and exporting what is held of a person: jobs that auth owns and every service serves."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT
from ab_shared.contracts.base import Command, Contract, Event, Request
from ab_shared.contracts.jobs import JobSnapshot, JobStage, JobStatus

MAX_USER_ID = 256
MAX_ERASED = 100
MAX_PRIVACY_JOBS = 200
USER_ID = Field(min_length=1, max_length=MAX_USER_ID)
PrivacyKind = Literal["erasure", "export"]
Requester = Literal["user", "clerk", "operator"]


class PrivacyJob(Contract):
    """An erasure or an export as its owner sees it; ``version`` grows with each change."""

    id: UUID
    kind: PrivacyKind
    state: JobStatus
    stage: JobStage
    progress: float = Field(ge=0, le=1)
    error: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = Field(ge=1)

    def snapshot(self) -> JobSnapshot:
        """The job as all jobs are shown."""
        return JobSnapshot(
            id=self.id,
            type=self.kind,
            status=self.state,
            stage=self.stage,
            progress=self.progress,
            error=self.error,
            created_at=self.created_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
            version=self.version,
        )


class PrivacyJobState(Contract):
    """A job that was asked for or about."""

    job: PrivacyJob


class RequestErasure(Request[PrivacyJobState]):
    """Erase everything held of a user; while an erasure is live, asking again answers that one."""

    routing_key: ClassVar[str] = "auth.request_erasure.v1"
    reply_type: ClassVar[type[Contract]] = PrivacyJobState

    user_id: str = USER_ID
    requested_by: Requester = "user"
    actor: str | None = Field(default=None, max_length=MAX_TEXT)
    """The operator who asked for it, who is audited; nobody for the other two."""
    actor_kind: Literal["admin", "operator"] = "operator"
    reason: str | None = Field(default=None, max_length=MAX_REASON)


class GetPrivacyJob(Request[PrivacyJobState]):
    """Read one job.

    An export is its owner's only. An erasure answers whoever knows its id, for a day after its
    end: its owner's tokens are dead by then, and nothing in it tells whose it was.
    """

    routing_key: ClassVar[str] = "auth.get_privacy_job.v1"
    reply_type: ClassVar[type[Contract]] = PrivacyJobState

    job_id: UUID
    user_id: str | None = None


class PrivacyJobChanged(Event):
    """A job moved: its whole new state. ``user_id`` is None for erasures, whose id is enough."""

    routing_key: ClassVar[str] = "auth.privacy_job_changed.v1"

    user_id: str | None = None
    job: PrivacyJob


class ErasureRequested(Event):
    """Every service erases what it holds of this user, and says so with ``Erased``.

    Sent again until it has: whoever has erased already says so again.
    """

    routing_key: ClassVar[str] = "auth.erasure_requested.v1"

    erasure_id: UUID
    user_id: str = USER_ID


class Erased(Event):
    """A service, or one part of its work, has erased what it held; ``counts`` by kind.

    ``parts``: how many parts other services have been given, each of which they report.
    """

    routing_key: ClassVar[str] = "privacy.erased.v1"

    erasure_id: UUID
    service: str
    part: int = Field(default=0, ge=0)
    counts: dict[str, int] = Field(default_factory=dict)
    parts: dict[str, int] = Field(default_factory=dict)


class UserErased(Event):
    """An erasure is over: whatever was kept to carry it out can go. It names nobody."""

    routing_key: ClassVar[str] = "auth.user_erased.v1"

    erasure_id: UUID


class EraseObjects(Command):
    """Delete sounds that nobody wants any more, rows and objects.

    What has been asked for since ``erased_at`` (the clock of who sends both this and the wishes)
    belongs to somebody else by now, and stays.
    """

    erasure_id: UUID
    part: int = Field(ge=0)
    erased_at: datetime


class EraseSpeech(EraseObjects):
    """Raw speech."""

    routing_key: ClassVar[str] = "tts.erase.v1"

    speech: tuple[str, ...] = Field(max_length=MAX_ERASED)


class EraseAudio(EraseObjects):
    """Prepared reads, tracks and offline files."""

    routing_key: ClassVar[str] = "stitching.erase.v1"

    prepared: tuple[str, ...] = Field(default=(), max_length=MAX_ERASED)
    tracks: tuple[str, ...] = Field(default=(), max_length=MAX_ERASED)
    mixdowns: tuple[str, ...] = Field(default=(), max_length=MAX_ERASED)


class PrivacyJobRow(Contract):
    """A job as those who run the stack see it; ``subject`` is its user, or a hash once erased."""

    job: PrivacyJob
    subject: str
    requested_by: Requester
    waits_for: tuple[str, ...] = ()
    counts: dict[str, dict[str, int]] = Field(default_factory=dict)
    asked: int = Field(default=0, ge=0)
    """How often the services have been asked."""


class PrivacyJobRows(Contract):
    """Jobs, newest first; ``next_before`` asks for those before them, None at the end."""

    jobs: tuple[PrivacyJobRow, ...]
    next_before: datetime | None = None


class ListPrivacyJobs(Request[PrivacyJobRows]):
    """Jobs, newest first, narrowed by whatever is given; ``user_id`` finds erased ones too."""

    routing_key: ClassVar[str] = "auth.list_privacy_jobs.v1"
    reply_type: ClassVar[type[Contract]] = PrivacyJobRows

    live: bool | None = None
    job_id: UUID | None = None
    user_id: str | None = None
    before: datetime | None = None
    limit: int = Field(default=50, ge=1, le=MAX_PRIVACY_JOBS)


class RetryPrivacyJob(Request[PrivacyJobState]):
    """Ask again at once for all that a live job waits for; audited. Conflict when it is over."""

    routing_key: ClassVar[str] = "auth.retry_privacy_job.v1"
    reply_type: ClassVar[type[Contract]] = PrivacyJobState

    job_id: UUID
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str | None = Field(default=None, max_length=MAX_REASON)
