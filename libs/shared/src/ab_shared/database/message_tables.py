"""The two tables by which a service sends once and hears once, the same in every service."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    func,
)

_metadata = MetaData()

OUTBOX = Table(
    "outbox",
    _metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("envelope", Text, nullable=False),
    Column("headers", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

INBOX = Table(
    "inbox",
    _metadata,
    Column("consumer", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("inbox_seen_at", "seen_at", postgresql_using="brin"),
)

# What migrations ran can't change any more: an altered table gets a second tuple, not a new first.
VERSION_1 = (
    """
    CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        envelope text NOT NULL,
        headers text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        attempts integer NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT now()
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)
    """,
    """
    CREATE TABLE inbox (
        consumer text NOT NULL,
        message_id text NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (consumer, message_id)
    )
    """,
    "CREATE INDEX inbox_seen_at ON inbox USING brin (seen_at)",
)


class Executes(Protocol):
    """Alembic's ``op``, as far as it is needed here."""

    def execute(self, sqltext: str) -> None:
        """Runs one statement."""
        ...


def add_message_tables(metadata: MetaData) -> None:
    """Makes both tables part of a service's own metadata, beside its SQLModel tables.

    In ``adapters/tables.py`` (a registry per service lets two be imported in one process)::

        class ServiceTable(SQLModel, registry=registry()):
            pass

        class VoiceRow(ServiceTable, table=True): ...

        add_message_tables(ServiceTable.metadata)
    """
    for table in (OUTBOX, INBOX):
        table.to_metadata(metadata)


def create_message_tables(op: Executes) -> None:
    """Creates both tables from a migration: ``create_message_tables(op)`` in ``upgrade()``."""
    for statement in VERSION_1:
        op.execute(statement)
