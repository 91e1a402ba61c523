"""The tables of what was found about texts, and of where they stand."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlmodel import Field

from ab_session.adapters.tables import INSTANT, METADATA, ZERO, Row


class TextVerdictRow(Row, table=True):
    """What was found about a text, by its address: it is in no row here."""

    __tablename__ = "text_verdicts"
    __table_args__ = (
        Index("text_verdicts_by_id", "id", unique=True),
        Index("text_verdicts_by_status", "status", "first_seen_at", "id"),
        Index(
            "text_verdicts_by_people",
            "decided_by",
            postgresql_where=text("decided_by IS NOT NULL"),
        ),
        Index("text_verdicts_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    address: str = Field(primary_key=True, sa_type=Text)
    id: UUID
    status: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    category: str | None = Field(default=None, sa_type=Text)
    provider: str = Field(sa_type=Text)
    asked: int = Field(default=0, sa_column_kwargs=ZERO)
    decided_by: str | None = Field(default=None, sa_type=Text)
    first_seen_at: datetime = Field(sa_type=INSTANT)
    checked_at: datetime = Field(sa_type=INSTANT)
    due_at: datetime | None = Field(default=None, sa_type=INSTANT)


class CheckedTextRow(Row, table=True):
    """A text where it stands in a session; ``original_text``: what stood there at first."""

    __tablename__ = "checked_texts"
    __table_args__ = (
        Index("checked_texts_by_address", "address"),
        Index("checked_texts_of_a_user", "owner_user_id"),
    )

    session_id: UUID = Field(
        primary_key=True, sa_column_args=[ForeignKey("sessions.id", ondelete="CASCADE")]
    )
    part: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(primary_key=True)
    owner_user_id: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    original_text: str | None = Field(default=None, sa_type=Text)
    written_at: datetime = Field(sa_type=INSTANT)


class RefusedCountRow(Row, table=True):
    """How many texts of a category were refused on a day: nobody's, and no text."""

    __tablename__ = "refused_counts"

    day: date = Field(primary_key=True)
    category: str = Field(primary_key=True, sa_type=Text)
    count: int = Field(default=0, sa_column_kwargs=ZERO)


TEXT_VERDICTS = METADATA.tables["text_verdicts"]
CHECKED_TEXTS = METADATA.tables["checked_texts"]
REFUSED_COUNTS = METADATA.tables["refused_counts"]
