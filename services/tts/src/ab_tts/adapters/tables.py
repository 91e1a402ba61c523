"""The tables of the tts database; they never leave the adapters."""

from __future__ import annotations

from datetime import datetime

from ab_shared.database.message_tables import add_message_tables
from sqlalchemy import DateTime, Text, func
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


METADATA = Row.metadata
add_message_tables(METADATA)
