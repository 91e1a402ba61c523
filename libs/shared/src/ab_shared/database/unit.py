"""What every service's own unit of work stands on; its adapter adds the rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from ab_shared.contracts.base import Message
from ab_shared.database.transaction import Transaction, Transactions

UnitT = TypeVar("UnitT", bound="PostgresUnitOfWork")


class PostgresUnitOfWork:
    """Implements ``ports.UnitOfWork`` on one open transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._connection = transaction.connection

    async def send(self, message: Message, *, message_id: str | None = None) -> None:
        """Lets a message leave with the commit."""
        await self._transaction.send(message, message_id=message_id)

    async def first_time(self, consumer: str) -> bool:
        """Whether the current message is new to ``consumer``."""
        return await self._transaction.first_time(consumer)

    def afterwards(self, act: Callable[[], None]) -> None:
        """Does ``act`` after the commit."""
        self._transaction.afterwards(act)


class PostgresUnits(Generic[UnitT]):
    """Implements ``ports.UnitsOfWork``: a service's store says only which ``unit`` it opens."""

    unit: type[UnitT]

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitT]:
        """Opens a transaction of this service's database."""
        async with self._transactions.begin() as transaction:
            yield self.unit(transaction)
