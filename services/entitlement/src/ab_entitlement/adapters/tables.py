"""The tables of the entitlement database; they never leave the adapters."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ab_shared.database.message_tables import add_message_tables
from sqlalchemy import BigInteger, DateTime, Identity, Index, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

INSTANT = DateTime(timezone=True)


class Row(SQLModel, registry=registry()):
    """Base of this service's tables; keeps them apart from every other service's."""


class ReservationRow(Row, table=True):
    """A generation taken from a user's day; ``characters`` is what its job may cost at most."""

    __tablename__ = "reservations"
    __table_args__ = (
        Index("reservations_of_a_day", "user_id", "day"),
        Index("reservations_by_day", "day"),
        Index("reservations_pending", "reserved_at", postgresql_where=text("state = 'pending'")),
    )

    id: UUID = Field(primary_key=True)
    user_id: str = Field(sa_type=Text)
    day: date
    state: str = Field(sa_type=Text)
    reserved_at: datetime = Field(sa_type=INSTANT)
    settled_at: datetime | None = Field(default=None, sa_type=INSTANT)
    expires_at: datetime | None = Field(default=None, sa_type=INSTANT)
    characters: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class LedgerEntryRow(Row, table=True):
    """One change of what a user spent on a day; never changed afterwards, a trigger sees to it."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index("ledger_of_a_day", "user_id", "day"),
        Index("ledger_by_day", "day"),
        Index("ledger_by_actor", "actor", postgresql_where=text("actor IS NOT NULL")),
    )

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    user_id: str = Field(sa_type=Text)
    day: date
    kind: str = Field(sa_type=Text)
    amount: int
    reservation_id: UUID | None = None
    request_id: UUID | None = Field(default=None, unique=True)
    actor: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_type=INSTANT)


class JobCostRow(Row, table=True):
    """What one job cost, kept once."""

    __tablename__ = "job_costs"
    __table_args__ = (Index("job_costs_of_a_day", "user_id", "day"),)

    job_id: UUID = Field(primary_key=True)
    session_id: UUID
    user_id: str | None = Field(default=None, sa_type=Text)
    day: date
    outcome: str = Field(sa_type=Text)
    characters: int = Field(sa_type=BigInteger)
    reads_made: int
    reads_reused: int
    rendered_ms: int = Field(sa_type=BigInteger)
    render_ms: int = Field(sa_type=BigInteger)
    micros: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    at: datetime = Field(sa_type=INSTANT)


class AccountRow(Row, table=True):
    """Counts the changes of a user's entitlement, and keeps the zone of their day."""

    __tablename__ = "accounts"

    user_id: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    timezone: str | None = Field(default=None, sa_type=Text)
    timezone_since: datetime | None = Field(default=None, sa_type=INSTANT)
    profile_timezone: str | None = Field(default=None, sa_type=Text)
    profile_version: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"}
    )


class SubscriptionRow(Row, table=True):
    """A right to the pro plan, given by an operator."""

    __tablename__ = "subscriptions"

    user_id: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(sa_type=Text)
    expires_at: datetime | None = Field(default=None, sa_type=INSTANT)
    grace_until: datetime | None = Field(default=None, sa_type=INSTANT)


class PurchaseEventRow(Row, table=True):
    """One purchase event as it came, without what nobody here needs."""

    __tablename__ = "purchase_events"
    __table_args__ = (
        Index("purchase_events_received", "received_at", "id"),
        # Whom an event names: there is no column for that.
        Index("purchase_events_by_string", text("json_strings_in(event)"), postgresql_using="gin"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    type: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=INSTANT)
    received_at: datetime = Field(sa_type=INSTANT)
    counted: bool
    event: str = Field(sa_type=Text)


class PurchaseCustomerRow(Row, table=True):
    """A customer of the store: whose it is, and what the store last said it holds."""

    __tablename__ = "purchase_customers"
    __table_args__ = (
        Index(
            "purchase_customers_of_a_user",
            "user_id",
            postgresql_where=text("user_id IS NOT NULL"),
        ),
        Index("purchase_customers_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    user_id: str | None = Field(default=None, sa_type=Text)
    linked_at: datetime | None = Field(default=None, sa_type=INSTANT)
    told_at: datetime | None = Field(default=None, sa_type=INSTANT)
    temporary_at: datetime | None = Field(default=None, sa_type=INSTANT)
    due_at: datetime | None = Field(default=None, sa_type=INSTANT)
    asked_at: datetime | None = Field(default=None, sa_type=INSTANT)
    answered_at: datetime | None = Field(default=None, sa_type=INSTANT)
    grants: str | None = Field(default=None, sa_type=Text)


class ErasureRow(Row, table=True):
    """An erasure of a user; without a name once it is over everywhere."""

    __tablename__ = "erasures"

    id: UUID = Field(primary_key=True)
    user_id: str | None = Field(default=None, sa_type=Text)


METADATA = Row.metadata
add_message_tables(METADATA)
