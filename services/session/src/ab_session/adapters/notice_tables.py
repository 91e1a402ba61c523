"""The tables of devices to be told, and of what each is to be told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlmodel import Field

from ab_session.adapters.tables import INSTANT, METADATA, Row

NOTICE_LIVE = "state IN ('waiting', 'sent')"


class PushTokenRow(Row, table=True):
    """A device of a listener; whoever registers it last has it, under another id."""

    __tablename__ = "push_tokens"
    __table_args__ = (
        Index("push_tokens_by_token", "token", unique=True),
        Index("push_tokens_of_a_user", "user_id", "seen_at"),
    )

    id: UUID = Field(primary_key=True)
    user_id: str = Field(sa_type=Text)
    token: str = Field(sa_type=Text)
    platform: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=INSTANT)
    seen_at: datetime = Field(sa_type=INSTANT)


class NoticeRow(Row, table=True):
    """One thing to tell one device, once a job and kind; it goes with the device."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("notices_due", "state", "due_at", postgresql_where=text(NOTICE_LIVE)),
        Index("notices_of_a_device", "token_id"),
        Index("notices_of_a_user", "user_id"),
        Index("notices_by_time", "created_at"),
    )

    job_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=Text)
    token_id: UUID = Field(
        primary_key=True, sa_column_args=[ForeignKey("push_tokens.id", ondelete="CASCADE")]
    )
    user_id: str = Field(sa_type=Text)
    session_id: UUID
    took_ms: int
    state: str = Field(sa_type=Text)
    attempts: int
    due_at: datetime = Field(sa_type=INSTANT)
    created_at: datetime = Field(sa_type=INSTANT)
    sent_at: datetime | None = Field(default=None, sa_type=INSTANT)
    ticket: str | None = Field(default=None, sa_type=Text)
    error: str | None = Field(default=None, sa_type=Text)


PUSH_TOKENS = METADATA.tables["push_tokens"]
NOTICES = METADATA.tables["notices"]
