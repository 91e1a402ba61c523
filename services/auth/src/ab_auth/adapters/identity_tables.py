"""The tables of who has left and of comparisons with issuers; they never leave the adapters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field

from ab_auth.adapters.tables import INSTANT, Row


class DepartureRow(Row, table=True):
    """Somebody who has left, by a digest; ``gone``: from their issuer too."""

    __tablename__ = "departures"

    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    departed_at: datetime = Field(sa_type=INSTANT)
    gone: bool


class ComparisonRow(Row, table=True):
    """The latest comparison of our users with an issuer's list, and who is at it."""

    __tablename__ = "comparisons"

    issuer: str = Field(primary_key=True, sa_type=Text)
    state: str = Field(sa_type=Text)
    due_at: datetime | None = Field(default=None, sa_type=INSTANT)
    most_missing_percent: int | None = None
    holder: str | None = Field(default=None, sa_type=Text)
    held_until: datetime | None = Field(default=None, sa_type=INSTANT)
    started_at: datetime | None = Field(default=None, sa_type=INSTANT)
    finished_at: datetime | None = Field(default=None, sa_type=INSTANT)
    place: int = 0
    listed: int = 0
    made: int = 0
    missing: int = 0
    gone: int = 0
    failures: int = 0
    reason: str | None = Field(default=None, sa_type=Text)
