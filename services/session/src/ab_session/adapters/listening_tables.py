"""The tables of what was listened to, where listeners are, and what they were shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from ab_session.adapters.tables import INSTANT, METADATA, Row

DAY = "CAST(occurred_at AT TIME ZONE 'UTC' AS date)"


class ListeningEventRow(Row, table=True):
    """Something a listener did, by their corrected clock; ``local_hour`` is that of their zone."""

    __tablename__ = "listening_events"
    __table_args__ = (
        # What a tally is made of, and the start before an abandon.
        Index("listening_events_of_a_session", "user_id", "session_id", "occurred_at"),
        # A day's, for the nightly roll-up; and what is too old to be kept.
        Index("listening_events_by_time", "occurred_at"),
        # What was told of a day after it was counted.
        Index("listening_events_by_day", text(DAY), "received_at"),
    )

    user_id: str = Field(primary_key=True, sa_type=Text)
    client_event_id: str = Field(primary_key=True, sa_type=Text)
    session_id: UUID
    event_type: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=INSTANT)
    received_at: datetime = Field(sa_type=INSTANT)
    local_hour: int = Field(sa_type=SmallInteger)
    metadata_: dict[str, Any] = Field(
        sa_type=JSONB, sa_column_kwargs={"name": "metadata", "server_default": "{}"}
    )


class ListeningTallyRow(Row, table=True):
    """How often a listener did what with a session, in one hour of theirs of one UTC day."""

    __tablename__ = "listening_tallies"

    user_id: str = Field(primary_key=True, sa_type=Text)
    session_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    hour: int = Field(primary_key=True, sa_type=SmallInteger)
    starts: int
    completes: int
    abandons: int
    early_abandons: int
    replays: int
    skips: int
    mix_changes: int


class ListenerZoneRow(Row, table=True):
    """The zone of a listener's profile, as it was last told of."""

    __tablename__ = "listener_zones"

    user_id: str = Field(primary_key=True, sa_type=Text)
    zone: str = Field(sa_type=Text)
    version: int


class ShownRecipeRow(Row, table=True):
    """A recipe that was on a listener's shelf on a day of theirs."""

    __tablename__ = "shown_recipes"
    __table_args__ = (Index("shown_recipes_by_day", "day"),)

    user_id: str = Field(primary_key=True, sa_type=Text)
    day: date = Field(primary_key=True)
    session_id: UUID = Field(primary_key=True)
    background_id: str = Field(primary_key=True, sa_type=Text)


LISTENING_EVENTS = METADATA.tables["listening_events"]
LISTENING_TALLIES = METADATA.tables["listening_tallies"]
LISTENER_ZONES = METADATA.tables["listener_zones"]
SHOWN_RECIPES = METADATA.tables["shown_recipes"]
