"""Purchases in memory, and the use cases over them beside a made-up RevenueCat."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from ab_entitlement.adapters.revenuecat import RevenueCat
from ab_entitlement.bootstrap import purchase_cases
from ab_entitlement.domain.plans import Plans, plans_with
from ab_entitlement.domain.purchases import Customer, together
from ab_entitlement.domain.standing import Usage, derive
from ab_entitlement.domain.subscription import Grant, Subscription
from ab_entitlement.entrypoints.purchases import PurchaseCases
from ab_entitlement.purchase_ports import Backlog, KeptEvent
from ab_shared.contracts import purchases
from ab_shared.contracts.events import EntitlementChanged
from ab_shared.contracts.rpc import Entitlement
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_transactions import (
    MemoryTransaction,
    MemoryTransactions,
    MemoryUnitOfWork,
)
from simulators.revenuecat import Simulator
from simulators.revenuecat_books import Books, Event
from simulators.revenuecat_webhooks import Sender

API_KEY = "sk_of_the_simulator"


class MemoryPurchases:
    """Implements ``Purchases``; its rows are plain attributes."""

    def __init__(self) -> None:
        self.transactions = MemoryTransactions(producer="entitlement")
        self.events: dict[str, KeptEvent] = {}
        self.rows: dict[str, Customer] = {}
        self.given: dict[str, Grant] = {}
        self.versions: Counter[str] = Counter()
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryPurchaseUnit]:
        async with AsyncExitStack() as held, self.transactions.begin() as transaction:
            unit = MemoryPurchaseUnit(self, transaction, held)
            yield unit
            self.events |= unit.new_events
            self.rows |= unit.kept

    async def sent(self) -> list[str]:
        return [envelope.routing_key for envelope in self.transactions.envelopes]

    async def give(self, user_id: str, grant: Grant) -> None:
        self.given[user_id] = grant


class MemoryPurchaseUnit(MemoryUnitOfWork):
    """Implements ``PurchaseUnit``."""

    def __init__(
        self, store: MemoryPurchases, transaction: MemoryTransaction, held: AsyncExitStack
    ) -> None:
        super().__init__(transaction)
        self._store = store
        self._held = held
        self.new_events: dict[str, KeptEvent] = {}
        self.kept: dict[str, Customer] = {}

    async def hold_all(self, ids: Iterable[str]) -> None:
        for one in sorted(set(ids)):
            await self._held.enter_async_context(self._store.locks[one])

    async def announce(self, user_id: str) -> int:
        self._store.versions[user_id] += 1
        version = self._store.versions[user_id]
        await self.send(EntitlementChanged(user_id=user_id, version=version))
        return version

    async def add_event(self, event: KeptEvent) -> bool:
        await self._held.enter_async_context(self._store.locks[f"event {event.id}"])
        if event.id in self._store.events:
            return False
        self.new_events[event.id] = event
        return True

    async def event(self, event_id: str) -> KeptEvent | None:
        return self._store.events.get(event_id)

    async def events(
        self, since: datetime | None, after: str | None, limit: int
    ) -> list[KeptEvent]:
        rows = sorted(self._store.events.values(), key=lambda one: (one.received_at, one.id))
        last = self._store.events.get(after or "")
        rows = [one for one in rows if since is None or one.received_at >= since]
        behind = (last.received_at, last.id) if last else None
        return [one for one in rows if not behind or (one.received_at, one.id) > behind][:limit]

    async def forget_events(self, before: datetime, limit: int) -> int:
        old = [one for one in self._store.events.values() if one.received_at < before]
        gone = sorted(old, key=lambda one: one.received_at)[:limit]
        for one in gone:
            del self._store.events[one.id]
        return len(gone)

    async def customers(self, ids: Iterable[str]) -> dict[str, Customer]:
        await asyncio.sleep(0)  # another task may come in between, as it may in Postgres
        rows = self._all()
        return {one: rows[one] for one in ids if one in rows}

    async def customers_of(self, user_id: str) -> list[Customer]:
        mine = [one for one in self._all().values() if one.user_id == user_id]
        return sorted(mine, key=lambda one: one.id)

    async def keep_customers(self, customers: Iterable[Customer]) -> None:
        self.kept |= {one.id: one for one in customers}

    async def subscription(self, user_id: str) -> Subscription | None:
        given = self._store.given.get(user_id)
        return together(user_id, [given] if given else [], await self.customers_of(user_id))

    async def take_due(self, now: datetime, until: datetime, limit: int) -> list[str]:
        due = [one for one in self._all().values() if one.due_at and one.due_at <= now]
        taken = sorted(due, key=lambda one: one.due_at or now)[:limit]
        await self.keep_customers(replace(one, due_at=until) for one in taken)
        return [one.id for one in taken]

    async def make_all_due(self, now: datetime) -> int:
        held = [
            one
            for one in self._all().values()
            if one.due_at is not None or (one.reading and one.reading.grants)
        ]
        await self.keep_customers(replace(one, due_at=now) for one in held)
        return len(held)

    async def backlog(self, now: datetime) -> Backlog:
        due = [one.due_at for one in self._all().values() if one.due_at and one.due_at <= now]
        return Backlog(len(due), now - min(due) if due else timedelta())

    def _all(self) -> dict[str, Customer]:
        return self._store.rows | self.kept


@dataclass
class Book:
    """Implements ``PlanBook``."""

    plans: Plans


@dataclass
class Meter:
    """Implements ``PurchaseMeter``; remembers."""

    outcomes: list[tuple[str, str]] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)
    backlogs: list[Backlog] = field(default_factory=list)
    differed: list[bool] = field(default_factory=list)

    def heard(self, event_type: str, outcome: str) -> None:
        self.outcomes.append((event_type, outcome))

    def visible(self, seconds: float) -> None:
        self.seen.append(seconds)

    def read_again(self, *, differed: bool) -> None:
        self.differed.append(differed)

    def behind(self, backlog: Backlog) -> None:
        self.backlogs.append(backlog)


@dataclass
class World:
    """The use cases, the store they ask, and what an app would see."""

    clock: FakeClock
    kept: Any
    vendor: Simulator
    store: RevenueCat
    cases: PurchaseCases
    book: Book
    meter: Meter
    client: httpx.AsyncClient
    done: int = 0

    async def tell(self, events: Iterable[Event]) -> None:
        for event in events:
            request = purchases.StorePurchaseEvent(
                event_id=event["id"], event_type=event["type"], event=event
            )
            await self.cases.store_event(request)

    async def work(self, attempt: int = 1) -> None:
        """Handles every command that was sent, as the queue would."""
        while self.done < len(self.kept.transactions.sent):
            message = self.kept.transactions.sent[self.done]
            self.done += 1
            if isinstance(message, purchases.ResyncPurchases) and self.cases.resync:
                with bound(Context(message_id=f"m{self.done}", attempt=attempt)):
                    await self.cases.resync(message)

    async def happens(self, action: str, customer: str = "user_1", **given: Any) -> list[Event]:
        """Something happens at the vendor, is told, and is read."""
        events = self.vendor.books.act(action, customer, **given)
        await self.tell(events)
        await self.work()
        self.clock.advance(10)
        return events

    async def sees(self, user: str = "user_1") -> Entitlement:
        async with self.kept.begin() as unit:
            subscription = await unit.subscription(user)
        return derive(self.book.plans, subscription, Usage(), self.clock())

    async def plan(self, user: str = "user_1") -> tuple[str, str]:
        seen = await self.sees(user)
        return seen.plan, seen.status

    async def changes(self) -> list[str]:
        """Users whose change was told, in order."""
        told = self.kept.transactions.sent
        return [one.user_id for one in told if isinstance(one, EntitlementChanged)]


def new_world(kept: Any | None = None) -> World:
    clock = FakeClock()
    # A transport of its own: a client without one reads every certificate of the machine.
    nobody = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(404)))
    vendor = Simulator(Books(clock), Sender(nobody, None), API_KEY)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(vendor.app()))
    store = RevenueCat(client, "http://vendor.test", API_KEY, monotonic=clock.monotonic)
    book, meter = Book(plans_with(2)), Meter()
    rows = MemoryPurchases() if kept is None else kept
    cases = purchase_cases(rows, book, clock, meter, store)
    return World(clock, rows, vendor, store, cases, book, meter, client)


@pytest.fixture(scope="session")
def make_world() -> Callable[..., World]:
    return new_world


@pytest.fixture
def world() -> World:
    return new_world()


@pytest.fixture
def memory_purchases() -> MemoryPurchases:
    return MemoryPurchases()
