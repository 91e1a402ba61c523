"""The tables of the tts database; they never leave the adapters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ab_shared.database.message_tables import add_message_tables
from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Row(SQLModel, registry=registry()):
    """Base of this service's tables; keeps them apart from every other service's."""


class ReadRow(Row, table=True):
    """Raw speech in the object store, or the claim of who is making it (``speech_key`` is null).

    ``asked_at``: when somebody last wanted it, by the clock of whoever asked.
    """

    __tablename__ = "reads"

    speech_address: str = Field(primary_key=True, sa_type=Text)
    claimed_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    speech_key: str | None = Field(default=None, sa_type=Text)
    content_type: str | None = Field(default=None, sa_type=Text)
    provider: str | None = Field(default=None, sa_type=Text)
    duration_ms: int | None = None
    characters: int | None = None
    synthesis_ms: int | None = None
    asked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    words: list[dict[str, int]] = Field(default_factory=list, sa_type=JSONB)
    made_at: datetime = Field(
        sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )


class VendorCallRow(Row, table=True):
    """One call of a vendor and what it cost, in millionths of a dollar."""

    __tablename__ = "vendor_calls"
    __table_args__ = (
        Index("vendor_calls_of_a_read", "speech_address"),
        Index("vendor_calls_by_time", "made_at"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    made_at: datetime = Field(
        sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )
    speech_address: str | None = Field(default=None, sa_type=Text)
    provider: str = Field(sa_type=Text)
    model: str = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    characters: int
    micros: int = Field(sa_type=BigInteger)
    milliseconds: int


class PaidSpeechRow(Row, table=True):
    """Sound that is paid for, until the object store has it."""

    __tablename__ = "paid_speech"

    speech_address: str = Field(primary_key=True, sa_type=Text)
    kept_at: datetime = Field(
        sa_type=DateTime(timezone=True), sa_column_kwargs={"server_default": func.now()}
    )
    announcement: dict[str, Any] = Field(sa_type=JSONB)
    audio: bytes = Field(sa_type=LargeBinary)
    bytes: int


METADATA = Row.metadata
add_message_tables(METADATA)
