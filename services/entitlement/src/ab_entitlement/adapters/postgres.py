"""The ledger in Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from ab_shared.contracts.base import Message
from ab_shared.database.transaction import Transaction, Transactions
from ab_shared.errors import Conflict
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_entitlement.adapters.tables import ReservationRow
from ab_entitlement.domain.reservation import Reservation, State, day_of, held_since
from ab_entitlement.domain.standing import Standing, Subscription

# The lock and what is read under it are two statements: each sees what was committed before it.
HOLD_USER = text("SELECT pg_advisory_xact_lock(hashtextextended(:user_id, 0))")
STANDING = text("""
    SELECT used.generations, s.source, s.expires_at, s.grace_until
    FROM (
        SELECT count(*) AS generations FROM reservations
        WHERE user_id = :user_id AND day = :day
          AND (state = 'committed' OR (state = 'pending' AND reserved_at > :held_since))
    ) AS used
    LEFT JOIN subscriptions AS s ON s.user_id = :user_id
""")
SUBSCRIBED = ("source", "expires_at", "grace_until")
RESERVED = ("id", "user_id", "day", "state", "reserved_at", "settled_at")


class PostgresLedgerUnit:
    """Implements ``LedgerUnit`` on one open transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._connection = transaction.connection

    async def send(self, message: Message, *, message_id: str | None = None) -> None:
        """Lets a message leave with the commit."""
        await self._transaction.send(message, message_id=message_id)

    async def first_time(self, consumer: str) -> bool:
        """Whether the current message is new to ``consumer``."""
        return await self._transaction.first_time(consumer)

    async def hold(self, user_id: str) -> None:
        """Takes the user's advisory lock until the transaction ends."""
        await self._connection.execute(HOLD_USER, {"user_id": user_id})

    async def standing(self, user_id: str, now: datetime) -> Standing:
        """Subscription and spent generations in one round trip."""
        wanted = {"user_id": user_id, "day": day_of(now), "held_since": held_since(now)}
        row = (await self._connection.execute(STANDING, wanted)).mappings().one()
        subscription = (
            Subscription(**{name: row[name] for name in SUBSCRIBED}) if row["source"] else None
        )
        return Standing(subscription, used_today=row["generations"])

    async def reservation(self, reservation_id: UUID) -> Reservation | None:
        """What is known under this id."""
        columns = [col(getattr(ReservationRow, name)) for name in RESERVED]
        query = select(*columns).where(col(ReservationRow.id) == reservation_id)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return Reservation(**{**row, "state": State(row["state"])}) if row else None

    async def keep(self, reservation: Reservation) -> None:
        """Inserts or replaces; Conflict when another user has the id."""
        statement = insert(ReservationRow).values(asdict(reservation))
        changed = {name: statement.excluded[name] for name in RESERVED[2:]}
        result = await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_=changed,
                where=col(ReservationRow.user_id) == reservation.user_id,
            )
        )
        if result.rowcount == 0:
            raise Conflict("This reservation belongs to somebody else")


class PostgresLedger:
    """Implements ``Ledger``."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresLedgerUnit]:
        """Opens a transaction of this service's database."""
        async with self._transactions.begin() as transaction:
            yield PostgresLedgerUnit(transaction)
