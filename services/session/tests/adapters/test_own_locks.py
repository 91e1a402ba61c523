"""Erasing a listener while they still write: neither waits for the other in a circle."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.domain.curation.facts import Recipe
from ab_session.domain.listener import DoneDay, Enrolment, EnrolmentState, ValueRow
from ab_session.domain.listening.events import Listened
from ab_session.domain.program_catalogue import PROGRAMS
from ab_session.ports import Unit
from ab_session.usecases.follow_program import FollowProgram
from ab_shared.contracts.programs import GetMyProgram
from ab_shared.database.transaction import Transactions
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from session_memory.waiting import somebody_waits
from sqlalchemy import text

AT = datetime(2026, 5, 5, 12, tzinfo=UTC)
PLACE = Enrolment("user", "deep-work", EnrolmentState.ACTIVE, AT, AT)
SESSION = UUID("5b53366c-48e8-4672-a420-9430c4436577")
Write = Callable[[Unit], Awaitable[None]]

pytestmark = pytest.mark.real


@pytest.fixture
async def store(database: NewDatabase) -> PostgresStore:
    made = await database("session")
    return PostgresStore(Transactions(made.engine, producer="session", relay=None))


def value(name: str) -> ValueRow:
    return ValueRow(uuid4(), name, f"The text of {name}", None, AT, AT)


def event(name: str, day: int) -> Listened:
    at = AT + timedelta(days=day)
    return Listened("user", name, SESSION, "start", at, at, 12)


async def given(store: PostgresStore) -> None:
    async with store.begin() as unit:
        await unit.selves.replace_values("user", [value("kindness")], AT)
        await unit.enrolments.add(PLACE)
        await unit.enrolments.save_day(PLACE, DoneDay(1, AT))
        await unit.listening.add([event("one", 0), event("two", 1)])


async def hold_values(unit: Unit) -> None:
    await unit.selves.hold_preferences("user", AT)


async def write_values(unit: Unit) -> None:
    await unit.selves.replace_values("user", [value("kindness")], AT)


async def hold_place(unit: Unit) -> None:
    await unit.enrolments.find("user", PLACE.program_id, hold=True)


async def write_day(unit: Unit) -> None:
    await unit.enrolments.save_day(PLACE, DoneDay(1, AT, rating=5))


async def hold_listening(unit: Unit) -> None:
    await unit.listening.hold("user")
    await unit.listening.add([event("three", 0)])


async def write_event(unit: Unit) -> None:
    await unit.listening.add([event("four", 1)])


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (hold_values, write_values),
        (hold_place, write_day),
        (hold_listening, write_event),
    ],
    ids=["values", "programs", "listening"],
)
async def test_an_erasure_waits_for_whoever_writes(
    store: PostgresStore, first: Write, then: Write
) -> None:
    await given(store)

    async def erase() -> None:
        async with store.begin() as unit:
            await unit.erasing.delete_own("user")

    async with store.begin() as unit:
        await first(unit)
        erasing = asyncio.create_task(erase())
        await somebody_waits(store)
        await then(unit)
    await erasing
    async with store.begin() as unit:
        assert await unit.selves.values("user") == ()
        assert list(await unit.enrolments.of_user("user")) == []
        assert list(await unit.listening.tallies("user", AT.date())) == []


async def test_looking_at_a_program_waits_for_nobody(store: PostgresStore) -> None:
    await given(store)
    follow = FollowProgram(store, PROGRAMS, FakeClock())
    async with store.begin() as unit, asyncio.timeout(5):
        await hold_place(unit)
        seen = await follow.one(GetMyProgram(user_id="user", program_id=PLACE.program_id))
    assert seen.enrolment.state == "active"


async def test_two_shelves_at_once_are_kept_in_one_order(store: PostgresStore) -> None:
    recipes = {Recipe(UUID(int=number), name) for number in range(9) for name in ("a", "b")}
    async with store.begin() as unit:
        await unit.shelves.show("user", AT.date(), recipes)
    as_written = text("SELECT session_id, background_id FROM shown_recipes ORDER BY ctid")
    async with store._transactions.begin() as transaction:
        rows = [tuple(row) for row in await transaction.connection.execute(as_written)]
    assert len(rows) == len(recipes)
    assert rows == sorted(rows)
