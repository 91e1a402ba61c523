"""An erasure or an export while it is carried out, and the proof that it was."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.contracts.jobs import JobStage, JobStatus
from ab_shared.contracts.privacy import PrivacyJob, PrivacyKind, Requester

Reports = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Counts by service and part."""


@dataclass(frozen=True, slots=True)
class PrivacyRecord:
    """A job as auth keeps it.

    ``user_id`` goes when an erasure is over; ``proof``, a keyed hash of it, stays. ``parts`` says
    how many reports of a service are awaited, ``due_at`` when somebody looks after it next,
    ``trail_read`` up to which entry the trail has been searched for the name.
    """

    id: UUID
    kind: PrivacyKind
    proof: str
    requested_by: Requester
    requested_at: datetime
    user_id: str | None = None
    issuer: str | None = None
    state: JobStatus = "pending"
    stage: JobStage = "queued"
    progress: float = 0.0
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    due_at: datetime | None = None
    asked: int = 0
    version: int = 1
    reports: Reports = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)
    trail_read: int | None = None
    archive: Mapping[str, Any] | None = None

    @property
    def live(self) -> bool:
        """Whether there is still something to do."""
        return self.finished_at is None


def public(record: PrivacyRecord) -> PrivacyJob:
    """The job as its owner sees it."""
    return PrivacyJob(
        id=record.id,
        kind=record.kind,
        state=record.state,
        stage=record.stage,
        progress=record.progress,
        error=record.error,
        created_at=record.requested_at,
        started_at=record.started_at,
        finished_at=record.finished_at,
        version=record.version,
    )


def proof_of(key: bytes, user_id: str) -> str:
    """What stays of an erased user: HMAC-SHA256 (RFC 2104) of the id under the deployment's key.

    Who has both the key and the id can tell that this user was erased; nobody can read it back.
    """
    return hmac.new(key, f"erased\n{user_id}".encode(), hashlib.sha256).hexdigest()
