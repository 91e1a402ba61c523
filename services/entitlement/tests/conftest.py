"""A ledger in memory, held to the same tests as the one in Postgres."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from uuid import UUID

import pytest
from ab_entitlement.domain.reservation import Reservation, day_of
from ab_entitlement.domain.standing import Standing, Subscription
from ab_shared.errors import Conflict
from ab_shared.messaging.ports import Publisher
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_transactions import (
    MemoryTransaction,
    MemoryTransactions,
    MemoryUnitOfWork,
)


class MemoryLedger:
    """Implements ``Ledger``; its rows are plain attributes."""

    def __init__(self) -> None:
        self.transactions = MemoryTransactions(producer="entitlement")
        self.reservations: dict[UUID, Reservation] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryLedgerUnit]:
        async with AsyncExitStack() as held, self.transactions.begin() as transaction:
            unit = MemoryLedgerUnit(self, transaction, held)
            yield unit
            self.reservations |= unit.kept

    def publish_to(self, publisher: Publisher) -> None:
        self.transactions = MemoryTransactions(producer="entitlement", publisher=publisher)

    async def subscribe(self, user_id: str, subscription: Subscription) -> None:
        self.subscriptions[user_id] = subscription

    async def sent(self) -> list[str]:
        return [envelope.routing_key for envelope in self.transactions.envelopes]


class MemoryLedgerUnit(MemoryUnitOfWork):
    """Implements ``LedgerUnit``."""

    def __init__(
        self, ledger: MemoryLedger, transaction: MemoryTransaction, held: AsyncExitStack
    ) -> None:
        self._ledger = ledger
        super().__init__(transaction)
        self._held = held
        self.kept: dict[UUID, Reservation] = {}

    async def hold(self, user_id: str) -> None:
        await self._held.enter_async_context(self._ledger.locks[user_id])

    async def standing(self, user_id: str, now: datetime) -> Standing:
        await asyncio.sleep(0)  # another task may come in between, as it may in Postgres
        rows = [row for row in self._rows().values() if row.user_id == user_id]
        used = sum(row.day == day_of(now) and row.counts(now) for row in rows)
        return Standing(self._ledger.subscriptions.get(user_id), used)

    async def reservation(self, reservation_id: UUID) -> Reservation | None:
        return self._rows().get(reservation_id)

    async def keep(self, reservation: Reservation) -> None:
        before = self._rows().get(reservation.id)
        if before is not None and before.user_id != reservation.user_id:
            raise Conflict("This reservation belongs to somebody else")
        self.kept[reservation.id] = reservation

    def _rows(self) -> dict[UUID, Reservation]:
        return self._ledger.reservations | self.kept


@pytest.fixture
def memory_ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def new_memory_ledger() -> type[MemoryLedger]:
    return MemoryLedger


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
