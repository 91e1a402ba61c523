"""The public face of a job: audio, an offline file, or what the law gives a person."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Contract

JobStatus = Literal["pending", "processing", "completed", "failed"]
JobType = Literal["audio", "mixdown", "erasure", "export"]
JobStage = Literal[
    "queued",
    "speaking",
    "preparing",
    "merging",
    "mixing",
    "erasing",
    "collecting",
    "packing",
    "ready",
    "failed",
    "cancelled",
]


class JobSnapshot(Contract):
    """A job as its owner sees it; ``version`` grows with each change.

    ``counts`` says how much of the work was new: reads in all, spoken, prepared, reused.
    ``stage_ms`` holds the milliseconds spent in each stage that has ended.
    """

    id: UUID
    type: JobType = "audio"
    status: JobStatus
    stage: JobStage
    progress: float = Field(ge=0, le=1)
    error: str | None = None
    session_id: UUID | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = Field(ge=1)
    counts: dict[str, int] = Field(default_factory=dict)
    stage_ms: dict[str, int] = Field(default_factory=dict)


STAGE_SPAN: dict[str, tuple[float, float]] = {
    "speaking": (0.0, 0.6),
    "preparing": (0.6, 0.85),
    "merging": (0.85, 1.0),
}
"""Which part of ``progress`` each working stage covers."""
