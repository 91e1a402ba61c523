"""One transaction of a service: its rows, the messages it sends and the message it heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from ab_shared.contracts.base import Message
from ab_shared.contracts.envelope import wrap
from ab_shared.database import inbox, outbox
from ab_shared.database.failures import connected
from ab_shared.database.metrics import timing
from ab_shared.database.tracing import traced
from ab_shared.runtime.context import current


class Wakes(Protocol):
    """Somebody to tell that messages wait in the outbox."""

    def wake(self) -> None:
        """Look now."""
        ...


class Transaction:
    """An open transaction; implements ``ports.UnitOfWork`` for use cases.

    Adapters use ``connection`` (SQLAlchemy Core) or ``session`` (SQLModel); both write into the
    same transaction.
    """

    def __init__(self, connection: AsyncConnection, producer: str) -> None:
        self.connection = connection
        self._producer = producer
        self._session: AsyncSession | None = None
        self._outgoing: list[outbox.Outgoing] = []
        self._afterwards: list[Callable[[], None]] = []

    @property
    def session(self) -> AsyncSession:
        """The ORM session of this transaction, made when first asked for. Never commit it."""
        if self._session is None:
            # Only when asked for: most adapters use the connection.
            self._session = AsyncSession(bind=self.connection, expire_on_commit=False)
        return self._session

    async def send(self, message: Message, *, message_id: str | None = None) -> None:
        """Lets a message leave if and when the transaction commits."""
        context = current()
        envelope = wrap(
            message,
            producer=self._producer,
            correlation_id=context.correlation_id,
            causation_id=context.message_id or context.causation_id,
            message_id=message_id,
        )
        self._outgoing.append(outbox.Outgoing.now(envelope))

    async def first_time(self, consumer: str) -> bool:
        """Whether ``consumer`` hears the current message for the first time; True outside one."""
        message_id = current().message_id
        if message_id is None:
            return True
        return await inbox.first_time(self.connection, consumer, message_id)

    def afterwards(self, act: Callable[[], None]) -> None:
        """Does ``act`` after the commit; it must not fail."""
        self._afterwards.append(act)

    def committed(self) -> None:
        """Does what was to be done after the commit."""
        for act in self._afterwards:
            act()

    async def finish(self) -> bool:
        """Writes what is still held back; whether messages wait for the commit."""
        if self._session is not None:
            await self._session.flush()
        # Held back until now, so that any number of messages costs one round trip.
        await outbox.add_all(self.connection, self._outgoing)
        return bool(self._outgoing)

    async def close(self) -> None:
        """Lets go of the session's objects."""
        if self._session is not None:
            await self._session.close()


class Transactions:
    """Opens transactions on one engine; one per service, made in its bootstrap."""

    def __init__(self, engine: AsyncEngine, *, producer: str, relay: Wakes | None) -> None:
        self._engine = engine
        self._producer = producer
        self._relay = relay
        self._database = engine.url.database or producer

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Transaction]:
        """Commits at the end of the block, rolls back on any error in it.

        Raises:
            DependencyUnavailable: the database is lost, or slower than its time limits.
            TransientError: the database asks to try again (deadlock, serialization).
        """
        with timing(), traced(self._database):
            async with self._begun() as transaction:
                yield transaction

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[Transaction]:
        async with connected(self._engine) as connection, connection.begin():
            transaction = Transaction(connection, self._producer)
            try:
                yield transaction
                sent = await transaction.finish()
            finally:
                await transaction.close()
        transaction.committed()
        # After the commit: before it, the relay would find nothing and go to sleep.
        if sent and self._relay is not None:
            self._relay.wake()
