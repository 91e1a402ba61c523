"""What the people who run the stack ask about jobs and do to them."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT
from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.jobs import JobSnapshot, JobStage

MAX_JOBS = 200


class JobRow(Contract):
    """A job as whoever looks after all of them sees it; ``moved_at`` says since when it stands."""

    job: JobSnapshot
    owner_user_id: str | None
    attempt: int
    revivals: int
    moved_at: AwareDatetime


class JobRows(Contract):
    """Jobs, newest first; ``next_before`` asks for those before them, None at the end."""

    jobs: tuple[JobRow, ...]
    next_before: AwareDatetime | None = None


class ListJobs(Request[JobRows]):
    """Everybody's jobs of one kind, newest first, narrowed by whatever is given.

    ``job_id`` asks for one of either kind and leaves aside whatever else is given.
    """

    routing_key: ClassVar[str] = "session.list_jobs.v1"
    reply_type: ClassVar[type[Contract]] = JobRows

    stages: tuple[JobStage, ...] = ()
    before: AwareDatetime | None = None
    limit: int = Field(default=50, ge=1, le=MAX_JOBS)
    job_id: UUID | None = None
    kind: Literal["audio", "mixdown"] = "audio"


class JobDeed(Request[JobSnapshot]):
    """Something done to one job by somebody who is not its owner; it is audited."""

    reply_type: ClassVar[type[Contract]] = JobSnapshot

    job_id: UUID
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str | None = Field(default=None, max_length=MAX_REASON)


class StopJob(JobDeed):
    """End a live job as if its owner had cancelled it; Conflict when it has ended."""

    routing_key: ClassVar[str] = "session.stop_job.v1"


class RequeueJob(JobDeed):
    """Begin a failed or cancelled job again, or ask for all that a live one waits for.

    It costs its owner nothing. Conflict when the job is finished, when a newer one has taken its
    place, or when its session says something else by now.
    """

    routing_key: ClassVar[str] = "session.requeue_job.v1"
