"""A ledger in memory, held to the same tests as the one in Postgres."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import pytest
from ab_entitlement.domain import ledger as rules
from ab_entitlement.domain.day import zone_to_keep, zone_told
from ab_entitlement.domain.ledger import Entry
from ab_entitlement.domain.plans import Plans, plans_with
from ab_entitlement.domain.reservation import Reservation, State
from ab_entitlement.domain.standing import Standing, Usage
from ab_entitlement.domain.subscription import Subscription
from ab_shared.contracts.events import EntitlementChanged
from ab_shared.contracts.usage import JobCosted
from ab_shared.errors import Conflict
from ab_shared.messaging.ports import Publisher
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_transactions import (
    MemoryTransaction,
    MemoryTransactions,
    MemoryUnitOfWork,
)


@dataclass
class FixedPlans:
    """Implements ``PlanBook``; a test changes the plans as an operator would."""

    plans: Plans


class MemoryLedger:
    """Implements ``Ledger``; its rows are plain attributes."""

    def __init__(self) -> None:
        self.transactions = MemoryTransactions(producer="entitlement")
        self.reservations: dict[UUID, Reservation] = {}
        self.entries: list[Entry] = []
        self.costs: dict[UUID, tuple[date, JobCosted]] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.versions: Counter[str] = Counter()
        self.zones: dict[str, tuple[str, datetime]] = {}
        self.profiles: dict[str, tuple[str, int]] = {}
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryLedgerUnit]:
        async with AsyncExitStack() as held, self.transactions.begin() as transaction:
            unit = MemoryLedgerUnit(self, transaction, held)
            yield unit
            self.reservations |= unit.kept
            self.entries += unit.written
            self.costs |= unit.costs

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
        self._announced: dict[str, int] = {}
        self.kept: dict[UUID, Reservation] = {}
        self.written: list[Entry] = []
        self.costs: dict[UUID, tuple[date, JobCosted]] = {}

    async def announce(self, user_id: str) -> int:
        if user_id not in self._announced:
            self._ledger.versions[user_id] += 1
            version = self._announced[user_id] = self._ledger.versions[user_id]
            await self.send(EntitlementChanged(user_id=user_id, version=version))
        return self._announced[user_id]

    async def hold(self, user_id: str) -> None:
        await self._held.enter_async_context(self._ledger.locks[user_id])

    async def zone(self, user_id: str, told: str | None, now: datetime) -> str | None:
        kept, since = self._ledger.zones.get(user_id, (None, None))
        profile, _ = self._ledger.profiles.get(user_id, (None, 0))
        zone = zone_to_keep(kept, since, zone_told(told, profile), now)
        if zone is not None and zone != kept:
            self._ledger.zones[user_id] = (zone, now)
        return zone

    async def keep_profile_zone(self, user_id: str, zone: str, version: int) -> bool:
        _, known = self._ledger.profiles.get(user_id, (None, 0))
        if known >= version:
            return False
        self._ledger.profiles[user_id] = (zone, version)
        return True

    async def standing(self, user_id: str, day: date, now: datetime) -> Standing:
        await asyncio.sleep(0)  # another task may come in between, as it may in Postgres
        mine = [r for r in self._rows().values() if r.user_id == user_id and r.day == day]
        counting = [row for row in mine if row.counts(now)]
        all_costs = self._ledger.costs | self.costs
        costs = [c for on, c in all_costs.values() if c.user_id == user_id and on == day]
        usage = Usage(
            generations=len(counting) + self._corrected(user_id, day),
            characters=sum(cost.characters for cost in costs),
            reads_made=sum(cost.reads_made for cost in costs),
            reads_reused=sum(cost.reads_reused for cost in costs),
            rendered_ms=sum(cost.rendered_ms for cost in costs),
            render_ms=sum(cost.render_ms for cost in costs),
            jobs=len(costs),
            promised_characters=sum(
                row.characters
                for row in counting
                if row.state is State.PENDING and row.id not in all_costs
            ),
        )
        subscription = self._ledger.subscriptions.get(user_id)
        return Standing(subscription, usage, self._ledger.versions[user_id])

    async def reservation(self, reservation_id: UUID) -> Reservation | None:
        return self._rows().get(reservation_id)

    async def keep(self, reservation: Reservation, written: Iterable[Entry]) -> None:
        before = self._rows().get(reservation.id)
        if before is not None and before.user_id != reservation.user_id:
            raise Conflict("This reservation belongs to somebody else")
        self.kept[reservation.id] = reservation
        self.written += written

    async def correct(self, entry: Entry) -> bool:
        if any(known.request_id == entry.request_id for known in self._entries()):
            return False
        self.written.append(entry)
        return True

    async def pending(
        self, before: datetime, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Reservation]:
        rows = [r for r in self._rows().values() if r.state is State.PENDING]
        rows = [r for r in rows if r.reserved_at < before]
        rows = [r for r in rows if after is None or (r.reserved_at, r.id) > after]
        return sorted(rows, key=lambda row: (row.reserved_at, row.id))[:limit]

    async def lapsed(self, now: datetime, limit: int) -> list[Reservation]:
        rows = [r for r in self._rows().values() if r.state is State.PENDING]
        rows = [r for r in rows if not r.counts(now)]
        return sorted(rows, key=lambda row: row.reserved_at)[:limit]

    async def add_cost(self, cost: JobCosted, day: date, at: datetime) -> bool:
        del at
        if cost.job_id in self._ledger.costs | self.costs:
            return False
        self.costs[cost.job_id] = (day, cost)
        return True

    async def entries(self, user_id: str, limit: int) -> list[Entry]:
        mine = [entry for entry in self._entries() if entry.user_id == user_id]
        return mine[::-1][:limit]

    async def balance(self, user_id: str, day: date) -> int:
        mine = [entry for entry in self._entries() if entry.user_id == user_id]
        return rules.balance(mine, day)

    async def drift(self, since: date, user_id: str | None = None) -> int:
        def wanted(row: Reservation | Entry) -> bool:
            return row.day >= since and user_id in {None, row.user_id}

        rows = [row for row in self._rows().values() if wanted(row)]
        return rules.drift(rows, [entry for entry in self._entries() if wanted(entry)])

    def _corrected(self, user_id: str, day: date) -> int:
        return sum(
            entry.amount
            for entry in self._entries()
            if (entry.kind, entry.user_id, entry.day) == ("correct", user_id, day)
        )

    def _rows(self) -> dict[UUID, Reservation]:
        return self._ledger.reservations | self.kept

    def _entries(self) -> list[Entry]:
        return self._ledger.entries + self.written


@pytest.fixture
def memory_ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def new_memory_ledger() -> type[MemoryLedger]:
    return MemoryLedger


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def book() -> FixedPlans:
    """Two generations a day."""
    return FixedPlans(plans_with(2))
