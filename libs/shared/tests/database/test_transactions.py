"""What a transaction promises about messages, kept by the real one and by its fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import pytest
from ab_shared.contracts.envelope import Envelope
from ab_shared.contracts.events import ReadFailed
from ab_shared.database.message_tables import OUTBOX
from ab_shared.database.ports import UnitOfWork, UnitsOfWork
from ab_shared.database.transaction import Transactions
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.databases import ServiceDatabase
from ab_shared.testing.memory_transactions import MemoryTransactions
from sqlalchemy import Text, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

UnitT = TypeVar("UnitT", bound=UnitOfWork)
FAILED = ReadFailed(speech_address="0" * 64, code="no", message="private words")


@dataclass
class Subject:
    """Transactions under test, and how to see what left."""

    units: UnitsOfWork[UnitOfWork]
    envelopes: Callable[[], Awaitable[list[Envelope]]]


@asynccontextmanager
async def failing(units: UnitsOfWork[UnitT]) -> AsyncIterator[UnitT]:
    """A unit of work that fails when all of it is done."""
    with suppress(ZeroDivisionError):
        async with units.begin() as unit:
            yield unit
            raise ZeroDivisionError


class TransactionsContract:
    """What every ``UnitsOfWork`` does."""

    @pytest.fixture
    def subject(self) -> Subject:
        raise NotImplementedError

    async def test_messages_leave_on_commit_in_order(self, subject: Subject) -> None:
        async with subject.units.begin() as unit:
            for number in range(5):
                await unit.send(FAILED, message_id=f"m{number}")
            assert await subject.envelopes() == []
        assert [e.id for e in await subject.envelopes()] == ["m0", "m1", "m2", "m3", "m4"]

    async def test_messages_of_a_failed_unit_never_leave(self, subject: Subject) -> None:
        async with failing(subject.units) as unit:
            await unit.send(FAILED)
        assert await subject.envelopes() == []

    async def test_a_message_names_its_origin(self, subject: Subject) -> None:
        with bound(Context(correlation_id="story", message_id="cause")):
            async with subject.units.begin() as unit:
                await unit.send(FAILED)
        (envelope,) = await subject.envelopes()
        assert (envelope.correlation_id, envelope.causation_id) == ("story", "cause")
        assert (envelope.routing_key, envelope.producer) == (FAILED.routing_key, "tts")
        assert ReadFailed.model_validate(envelope.data) == FAILED

    async def test_a_consumer_hears_a_message_once(self, subject: Subject) -> None:
        heard = []
        with bound(Context(message_id="m1")):
            for _ in range(3):
                async with subject.units.begin() as unit:
                    heard.append(await unit.first_time("tts.speak"))
            async with subject.units.begin() as unit:
                assert await unit.first_time("tts.other")
        assert heard == [True, False, False]

    async def test_twice_in_one_unit_is_twice(self, subject: Subject) -> None:
        with bound(Context(message_id="m1")):
            async with subject.units.begin() as unit:
                assert await unit.first_time("tts.speak")
                assert not await unit.first_time("tts.speak")

    async def test_a_failed_unit_has_heard_nothing(self, subject: Subject) -> None:
        with bound(Context(message_id="m1")):
            async with failing(subject.units) as unit:
                assert await unit.first_time("tts.speak")
            async with subject.units.begin() as unit:
                assert await unit.first_time("tts.speak")

    async def test_what_is_counted_waits_for_the_commit(self, subject: Subject) -> None:
        counted: list[int] = []
        async with subject.units.begin() as unit:
            unit.afterwards(lambda: counted.append(1))
            unit.afterwards(lambda: counted.append(2))
            assert counted == []
        assert counted == [1, 2]

    async def test_what_failed_is_not_counted(self, subject: Subject) -> None:
        counted: list[int] = []
        async with failing(subject.units) as unit:
            unit.afterwards(lambda: counted.append(1))
        assert counted == []

    async def test_outside_any_message_all_is_new(self, subject: Subject) -> None:
        for _ in range(2):
            async with subject.units.begin() as unit:
                assert await unit.first_time("tts.speak")


class TestMemoryTransactions(TransactionsContract):
    @pytest.fixture
    def subject(self) -> Subject:
        transactions = MemoryTransactions(producer="tts")

        async def envelopes() -> list[Envelope]:
            return list(transactions.envelopes)

        return Subject(transactions, envelopes)


@pytest.mark.real
class TestTransactions(TransactionsContract):
    @pytest.fixture
    def subject(self, notes: ServiceDatabase) -> Subject:
        async def envelopes() -> list[Envelope]:
            async with notes.engine.connect() as connection:
                rows = await connection.execute(select(OUTBOX.c.envelope).order_by(OUTBOX.c.id))
                return [Envelope.model_validate_json(row.envelope) for row in rows]

        return Subject(Transactions(notes.engine, producer="tts", relay=None), envelopes)


class Row(SQLModel, registry=registry()):
    """Base of the table below."""


class Note(Row, table=True):
    """A note."""

    __tablename__ = "notes"

    id: int = Field(primary_key=True)
    words: str = Field(sa_type=Text)


class CountingRelay:
    """Counts how often it is woken."""

    def __init__(self) -> None:
        self.wakes = 0

    def wake(self) -> None:
        self.wakes += 1


@pytest.mark.real
class TestRealTransactions:
    @pytest.fixture
    def transactions(self, notes: ServiceDatabase) -> Transactions:
        return Transactions(notes.engine, producer="tts", relay=None)

    async def count(self, notes: ServiceDatabase) -> int:
        async with notes.engine.connect() as connection:
            found = await connection.execute(select(func.count()).select_from(Note))
            return found.scalar_one()

    async def test_session_and_connection_share_one_transaction(
        self, transactions: Transactions, notes: ServiceDatabase
    ) -> None:
        async with transactions.begin() as transaction:
            transaction.session.add(Note(id=1, words="one"))
            await transaction.session.flush()
            await transaction.connection.execute(text("UPDATE notes SET words = 'two'"))
            assert await self.count(notes) == 0
        async with transactions.begin() as transaction:
            found = await transaction.session.get(Note, 1)
            assert found is not None
            assert found.words == "two"

    async def test_what_the_session_holds_is_written_at_the_end(
        self, transactions: Transactions, notes: ServiceDatabase
    ) -> None:
        async with transactions.begin() as transaction:
            transaction.session.add(Note(id=1, words="one"))
        assert await self.count(notes) == 1

    async def test_an_error_takes_all_of_it_back(
        self, transactions: Transactions, notes: ServiceDatabase
    ) -> None:
        async with failing(transactions) as transaction:
            transaction.session.add(Note(id=1, words="one"))
            await transaction.session.flush()
        assert await self.count(notes) == 0

    async def test_a_broken_constraint_shows_as_itself_without_anybodys_words(
        self, transactions: Transactions
    ) -> None:
        async def write() -> None:
            async with transactions.begin() as transaction:
                transaction.session.add(Note(id=1, words="private words"))

        await write()
        with pytest.raises(IntegrityError) as caught:
            await write()
        assert "private words" not in str(caught.value)

    async def test_two_hearings_at_once_are_one(self, transactions: Transactions) -> None:
        inside, leave = asyncio.Event(), asyncio.Event()

        async def first() -> bool:
            with bound(Context(message_id="m1")):
                async with transactions.begin() as transaction:
                    heard = await transaction.first_time("tts.speak")
                    inside.set()
                    await leave.wait()
            return heard

        async def second() -> bool:
            await inside.wait()
            with bound(Context(message_id="m1")):
                async with transactions.begin() as transaction:
                    asyncio.get_running_loop().call_later(0.05, leave.set)
                    return await transaction.first_time("tts.speak")

        assert await asyncio.gather(first(), second()) == [True, False]

    async def test_the_relay_is_woken_by_commits_with_messages_only(
        self, notes: ServiceDatabase
    ) -> None:
        relay = CountingRelay()
        transactions = Transactions(notes.engine, producer="tts", relay=relay)
        async with transactions.begin():
            pass
        async with failing(transactions) as transaction:
            await transaction.send(FAILED)
        assert relay.wakes == 0
        async with transactions.begin() as transaction:
            await transaction.send(FAILED)
            assert relay.wakes == 0
        assert relay.wakes == 1
