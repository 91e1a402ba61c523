"""All that the session service owns, in Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ab_shared.contracts.base import Message
from ab_shared.database.transaction import Transaction, Transactions

from ab_session.adapters.job_rows import JobRows
from ab_session.adapters.session_rows import SessionRows
from ab_session.adapters.sound_rows import SoundRows


class PostgresUnit:
    """Implements ``Unit`` on one open transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.sessions = SessionRows(transaction.connection)
        self.jobs = JobRows(transaction.connection)
        self.sounds = SoundRows(transaction.connection)

    async def send(self, message: Message, *, message_id: str | None = None) -> None:
        """Lets a message leave with the commit."""
        await self._transaction.send(message, message_id=message_id)

    async def first_time(self, consumer: str) -> bool:
        """Whether the current message is new to ``consumer``."""
        return await self._transaction.first_time(consumer)


class PostgresStore:
    """Implements ``Store``."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresUnit]:
        """Opens a transaction of this service's database."""
        async with self._transactions.begin() as transaction:
            yield PostgresUnit(transaction)
