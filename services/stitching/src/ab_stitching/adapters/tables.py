"""The tables of the stitching database; they never leave the adapters."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.database.message_tables import add_message_tables
from sqlalchemy import DateTime, Index, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Row(SQLModel, registry=registry()):
    """Base of this service's tables; keeps them apart from every other service's."""


class PreparedReadRow(Row, table=True):
    """A read that can be spliced.

    ``asked_at``, here and below: when somebody last wanted it, by the clock of whoever asked.
    """

    __tablename__ = "prepared_reads"

    prepared_address: str = Field(primary_key=True, sa_type=Text)
    speech_address: str = Field(sa_type=Text)
    duration_ms: int
    preparation_ms: int
    trimmed_ms: int = Field(default=0)
    asked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    made_at: datetime = Field(
        sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )


class TrackRow(Row, table=True):
    """A track in the media bucket and what was measured on it (``TrackRendered`` as JSON)."""

    __tablename__ = "tracks"

    track_address: str = Field(primary_key=True, sa_type=Text)
    asked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    announcement: dict[str, Any] = Field(sa_type=JSONB)
    made_at: datetime = Field(
        sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )


class StemRow(Row, table=True):
    """A stem in the media bucket (``StemPublished`` as JSON)."""

    __tablename__ = "stems"

    stem_id: str = Field(primary_key=True, sa_type=Text)
    announcement: dict[str, Any] = Field(sa_type=JSONB)
    made_at: datetime = Field(
        sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )


class MixdownRow(Row, table=True):
    """An offline file in the media bucket (``MixdownRendered`` as JSON)."""

    __tablename__ = "mixdowns"

    mixdown_address: str = Field(primary_key=True, sa_type=Text)
    asked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    announcement: dict[str, Any] = Field(sa_type=JSONB)
    made_at: datetime = Field(
        sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )


class CancelledMixdownRow(Row, table=True):
    """A job for an offline file that nobody wants any more."""

    __tablename__ = "cancelled_mixdowns"
    __table_args__ = (Index("cancelled_mixdowns_by_age", "cancelled_at"),)

    job_id: UUID = Field(primary_key=True)
    cancelled_at: datetime = Field(
        sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )


METADATA = Row.metadata
add_message_tables(METADATA)
