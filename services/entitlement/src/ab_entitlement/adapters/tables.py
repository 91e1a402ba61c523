"""The tables of the entitlement database; they never leave the adapters."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ab_shared.database.message_tables import add_message_tables
from sqlalchemy import DateTime, Index, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel


class Row(SQLModel, registry=registry()):
    """Base of this service's tables; keeps them apart from every other service's."""


class ReservationRow(Row, table=True):
    """A generation taken from a user's UTC day."""

    __tablename__ = "reservations"
    __table_args__ = (Index("reservations_of_a_day", "user_id", "day"),)

    id: UUID = Field(primary_key=True)
    user_id: str = Field(sa_type=Text)
    day: date
    state: str = Field(sa_type=Text)
    reserved_at: datetime = Field(sa_type=DateTime(timezone=True))
    settled_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class SubscriptionRow(Row, table=True):
    """A user's right to the pro plan."""

    __tablename__ = "subscriptions"

    user_id: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(sa_type=Text)
    expires_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    grace_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


METADATA = Row.metadata
add_message_tables(METADATA)
