"""The table of erasures and exports; it never leaves the adapters."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from ab_auth.adapters.tables import INSTANT, Row


class PrivacyJobRow(Row, table=True):
    """An erasure or an export; of a user and kind one at most is live."""

    __tablename__ = "privacy_jobs"
    __table_args__ = (
        Index(
            "privacy_jobs_live",
            "user_id",
            "kind",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index("privacy_jobs_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("privacy_jobs_by_proof", "proof", "requested_at"),
        Index("privacy_jobs_by_age", "requested_at"),
    )

    id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    proof: str = Field(sa_type=Text)
    requested_by: str = Field(sa_type=Text)
    requested_at: datetime = Field(sa_type=INSTANT)
    user_id: str | None = Field(default=None, sa_type=Text)
    issuer: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)
    stage: str = Field(sa_type=Text)
    progress: float
    error: str | None = Field(default=None, sa_type=Text)
    started_at: datetime | None = Field(default=None, sa_type=INSTANT)
    finished_at: datetime | None = Field(default=None, sa_type=INSTANT)
    due_at: datetime | None = Field(default=None, sa_type=INSTANT)
    asked: int
    version: int = Field(sa_type=BigInteger)
    reports: dict[str, Any] = Field(sa_type=JSONB)
    parts: dict[str, int] = Field(sa_type=JSONB)
    trail_read: int | None = Field(default=None, sa_type=BigInteger)
    archive: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
