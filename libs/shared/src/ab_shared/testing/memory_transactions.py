"""Transactions in memory: messages leave on commit only, as with the outbox."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from ab_shared.contracts.base import Message
from ab_shared.contracts.envelope import Envelope, wrap
from ab_shared.runtime.context import current


class Hears(Protocol):
    """Where committed messages go: a ``MemoryBus``, or nothing."""

    async def publish(self, envelope: Envelope) -> None:
        """Takes one message."""
        ...


class MemoryTransaction:
    """Implements ``UnitOfWork``; what it sent is in ``sent`` until the block ends."""

    def __init__(self, producer: str, seen: frozenset[tuple[str, str]]) -> None:
        self._producer = producer
        self._before = seen
        self.seen: set[tuple[str, str]] = set()
        self.sent: list[tuple[Message, Envelope]] = []
        self.acts: list[Callable[[], None]] = []

    async def send(self, message: Message, *, message_id: str | None = None) -> None:
        """Keeps a message for the commit."""
        context = current()
        envelope = wrap(
            message,
            producer=self._producer,
            correlation_id=context.correlation_id,
            causation_id=context.message_id or context.causation_id,
            message_id=message_id,
        )
        self.sent.append((message, envelope))

    async def first_time(self, consumer: str) -> bool:
        """Whether this consumer has not yet committed the current message."""
        message_id = current().message_id
        if message_id is None:
            return True
        mark = (consumer, message_id)
        if mark in self._before or mark in self.seen:
            return False
        self.seen.add(mark)
        return True

    def afterwards(self, act: Callable[[], None]) -> None:
        """Keeps ``act`` for the commit."""
        self.acts.append(act)


class MemoryUnitOfWork:
    """Implements ``UnitOfWork`` on one open transaction; a service's fake adds the rows."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction

    async def send(self, message: Message, *, message_id: str | None = None) -> None:
        """Lets a message leave with the commit."""
        await self._transaction.send(message, message_id=message_id)

    async def first_time(self, consumer: str) -> bool:
        """Whether the current message is new to ``consumer``."""
        return await self._transaction.first_time(consumer)

    def afterwards(self, act: Callable[[], None]) -> None:
        """Does ``act`` after the commit."""
        self._transaction.afterwards(act)


class MemoryTransactions:
    """Implements ``UnitsOfWork``. Repositories in memory do not roll back; messages do.

    ``sent`` holds every committed message in order, ``envelopes`` the same as they travel.
    """

    def __init__(self, *, producer: str, publisher: Hears | None = None) -> None:
        self._producer = producer
        self._publisher = publisher
        self._seen: set[tuple[str, str]] = set()
        self.sent: list[Message] = []
        self.envelopes: list[Envelope] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryTransaction]:
        """Commits at the end of the block; an error in it forgets all that was sent."""
        transaction = MemoryTransaction(self._producer, frozenset(self._seen))
        yield transaction
        self._seen |= transaction.seen
        for message, envelope in transaction.sent:
            self.sent.append(message)
            self.envelopes.append(envelope)
        for act in transaction.acts:
            act()
        if self._publisher is not None:
            for _, envelope in transaction.sent:
                await self._publisher.publish(envelope)
