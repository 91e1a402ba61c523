"""What the use cases about purchases need from outside."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ab_shared.database.ports import UnitOfWork

from ab_entitlement.domain.purchases import Customer
from ab_entitlement.domain.subscription import Grant, Subscription
from ab_entitlement.ports import Announces


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A raw event as it is kept."""

    id: str
    type: str
    occurred_at: datetime
    received_at: datetime
    counted: bool
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Backlog:
    """Customers that should have been read by now, and for how long the first of them waits."""

    overdue: int
    longest: timedelta


class PurchaseUnit(UnitOfWork, Announces, Protocol):
    """Events and customers inside one transaction."""

    async def hold_all(self, ids: Iterable[str]) -> None:
        """Makes everybody else who holds any of these wait until the transaction ends."""
        ...

    async def add_event(self, event: KeptEvent) -> bool:
        """Keeps an event; False when its id was kept before."""
        ...

    async def event(self, event_id: str) -> KeptEvent | None:
        """One kept event."""
        ...

    async def events(
        self, since: datetime | None, after: str | None, limit: int
    ) -> list[KeptEvent]:
        """Kept events in the order they came, behind the one with the id ``after``."""
        ...

    async def forget_events(self, before: datetime, limit: int) -> int:
        """Deletes at most ``limit`` events that came before; how many."""
        ...

    async def customers(self, ids: Iterable[str]) -> dict[str, Customer]:
        """What is known of these customers."""
        ...

    async def customers_of(self, user_id: str) -> list[Customer]:
        """All customers that are this user."""
        ...

    async def keep_customers(self, customers: Iterable[Customer]) -> None:
        """Writes customers, new or changed."""
        ...

    async def subscription(self, user_id: str) -> Subscription | None:
        """All that is known of a user's purchases."""
        ...

    async def take_due(self, now: datetime, until: datetime, limit: int) -> list[str]:
        """Customers due by ``now``, the longest due first; due again at ``until``."""
        ...

    async def make_all_due(self, now: datetime) -> int:
        """Makes every customer due who is known to have held something; how many there are."""
        ...

    async def backlog(self, now: datetime) -> Backlog:
        """How far reading is behind."""
        ...


class Purchases(Protocol):
    """The kept events and customers."""

    def begin(self) -> AbstractAsyncContextManager[PurchaseUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What the store says a customer holds; ``at`` is the store's own clock."""

    at: datetime
    grants: tuple[Grant, ...]


class Store(Protocol):
    """The store's middleman, asked over the network."""

    async def read(self, customer_id: str) -> Answer:
        """What a customer holds now. Reading an unknown id makes it known there.

        Raises:
            AnswerMalformed: what came is not what was promised.
            StoreResting: it asked to be left alone, or failed too often; nothing was sent.
            DependencyUnavailable: it does not answer, or answers that it can't.
        """
        ...

    @property
    def resting(self) -> bool:
        """Whether asking now would be refused here."""
        ...


class PurchaseMeter(Protocol):
    """What is counted about purchases."""

    def heard(self, event_type: str, outcome: str) -> None:
        """An event came: new, known before, or not for here."""
        ...

    def visible(self, seconds: float) -> None:
        """So long after its event a purchase is what a user sees."""
        ...

    def read_again(self, *, differed: bool) -> None:
        """A customer was read without an event; it was news that what they hold had changed."""
        ...

    def behind(self, backlog: Backlog) -> None:
        """How far reading is behind."""
        ...
