"""The tables of what listeners told of themselves and of the programs they are in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from ab_session.adapters.tables import INSTANT, METADATA, Row


class ListenerRow(Row, table=True):
    """What one listener told of themselves; each part is null until they say it."""

    __tablename__ = "listeners"

    user_id: str = Field(primary_key=True, sa_type=Text)
    struggle: str | None = Field(default=None, sa_type=Text)
    preferences: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    curation: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    updated_at: datetime = Field(sa_type=INSTANT)


class ListenerValueRow(Row, table=True):
    """A value of a listener's; ``position`` is where it stood among those sent with it."""

    __tablename__ = "listener_values"

    user_id: str = Field(primary_key=True, sa_type=Text)
    value_id: str = Field(primary_key=True, sa_type=Text)
    id: UUID
    value_text: str = Field(sa_type=Text)
    rank: int | None
    position: int
    created_at: datetime = Field(sa_type=INSTANT)
    updated_at: datetime = Field(sa_type=INSTANT)


class EnrolmentRow(Row, table=True):
    """A listener in a program."""

    __tablename__ = "enrolments"
    __table_args__ = (Index("enrolments_of_a_user", "user_id", text("touched_at DESC")),)

    user_id: str = Field(primary_key=True, sa_type=Text)
    program_id: str = Field(primary_key=True, sa_type=Text)
    state: str = Field(sa_type=Text)
    round: int
    enrolled_at: datetime = Field(sa_type=INSTANT)
    touched_at: datetime = Field(sa_type=INSTANT)
    finished_at: datetime | None = Field(sa_type=INSTANT)


class ProgramDayRow(Row, table=True):
    """What a listener did on a day of a program, in one of their rounds through it."""

    __tablename__ = "program_days"

    user_id: str = Field(primary_key=True, sa_type=Text)
    program_id: str = Field(primary_key=True, sa_type=Text)
    round: int = Field(primary_key=True)
    day: int = Field(primary_key=True)
    completed_at: datetime | None = Field(sa_type=INSTANT)
    zone: str = Field(sa_type=Text)
    action_done_at: datetime | None = Field(sa_type=INSTANT)
    rating: int | None


LISTENERS = METADATA.tables["listeners"]
LISTENER_VALUES = METADATA.tables["listener_values"]
ENROLMENTS = METADATA.tables["enrolments"]
PROGRAM_DAYS = METADATA.tables["program_days"]
