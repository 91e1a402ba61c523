"""Templates and the writer's book, in memory and in Postgres alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.domain.prompts import PromptVersion, State
from ab_session.domain.spending import DaySpent, Limits, Usage
from ab_shared.database.transaction import Transactions
from ab_shared.testing.infra import NewDatabase
from session_memory.samples import AT, session_of
from session_memory.store import MemoryStore

DAY = AT.date()
KEY = "writer.instructions"
FIRST = PromptVersion(KEY, 1, "the first text", "shipped", AT, note="a note")
PLENTY = Limits(calls=1000, micros=1_000_000)


class WriterRowsContract:
    """What every store does."""

    async def test_versions_come_back_newest_first(self, store: Any) -> None:
        second = replace(FIRST, number=2, note=None, created_by="ada")
        async with store.begin() as unit:
            assert await unit.prompts.hold(KEY) == []
            await unit.prompts.add(FIRST)
            await unit.prompts.add(second)
            await unit.prompts.add(replace(FIRST, key="writer.request"))
        async with store.begin() as unit:
            assert list(await unit.prompts.hold(KEY)) == [second, FIRST]
            assert {key: len(rows) for key, rows in (await unit.prompts.all()).items()} == {
                KEY: 2,
                "writer.request": 1,
            }
            assert not any((await unit.prompts.given()).values())

    async def test_states_change_in_one_go_and_drafts_are_given_to_nobody(self, store: Any) -> None:
        rows = [replace(FIRST, number=number) for number in (1, 2, 3)]
        async with store.begin() as unit:
            for row in rows:
                await unit.prompts.add(row)
            await unit.prompts.save([replace(rows[0], state=State.ACTIVE)])
            await unit.prompts.save([replace(rows[1], state=State.TRIAL, percent=20)])
        activated = [
            replace(rows[2], state=State.ACTIVE),
            replace(rows[1], state=State.RETIRED),
            replace(rows[0], state=State.RETIRED),
        ]
        async with store.begin() as unit:
            await unit.prompts.save(activated)
        async with store.begin() as unit:
            assert list(await unit.prompts.hold(KEY)) == activated
            assert list((await unit.prompts.given())[KEY]) == activated[:1]

    async def test_what_is_reserved_is_settled_at_what_it_cost(self, store: Any) -> None:
        async with store.begin() as unit:
            assert await unit.writing.spent(DAY) == DaySpent()
            assert await unit.writing.reserve(DAY, 700, PLENTY)
            assert await unit.writing.reserve(DAY, 500, PLENTY)
        async with store.begin() as unit:
            await unit.writing.settle(DAY, 700, 90, Usage(told=1000, cached=800, written=60))
        async with store.begin() as unit:
            # The other one died: what it may have cost stays.
            assert await unit.writing.spent(DAY) == DaySpent(calls=2, reserved=500, micros=90)

    @pytest.mark.parametrize(
        "limits", [Limits(calls=3, micros=10**6), Limits(calls=99, micros=350)], ids=str
    )
    async def test_a_day_has_an_end_however_many_come_at_once(
        self, store: Any, limits: Limits
    ) -> None:
        async def one() -> bool:
            async with store.begin() as unit:
                return bool(await unit.writing.reserve(DAY, 100, limits))

        taken = await asyncio.gather(*(one() for _ in range(12)))
        assert sum(taken) == 3

    @pytest.mark.parametrize("limits", [Limits(calls=0, micros=100), Limits(calls=1, micros=99)])
    async def test_a_day_may_hold_nothing_at_all(self, store: Any, limits: Limits) -> None:
        async with store.begin() as unit:
            assert not await unit.writing.reserve(DAY, 100, limits)
            assert await unit.writing.spent(DAY) == DaySpent()

    async def test_titles_are_one_s_own_and_the_catalogue_s(self, store: Any) -> None:
        free = replace(session_of(3), owner_user_id=None, source="catalog", title="Wake Up")
        async with store.begin() as unit:
            await unit.sessions.add(session_of(1))
            await unit.sessions.add(session_of(2, user="other"))
            await unit.sessions.seed([free])
        async with store.begin() as unit:
            assert await unit.writing.titles_of("user") == {"Title 1", "Wake Up"}


class TestMemory(WriterRowsContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


@pytest.mark.real
class TestPostgres(WriterRowsContract):
    @pytest.fixture
    async def store(self, database: NewDatabase) -> PostgresStore:
        made = await database("session")
        return PostgresStore(Transactions(made.engine, producer="session", relay=None))

    async def test_two_administrators_at_once_make_two_versions(self, store: Any) -> None:
        async def add(text: str) -> None:
            async with store.begin() as unit:
                versions = await unit.prompts.hold(KEY)
                await asyncio.sleep(0)
                await unit.prompts.add(replace(FIRST, number=len(versions) + 1, text=text))

        await asyncio.gather(*(add(f"text {number}") for number in range(5)))
        async with store.begin() as unit:
            assert [one.number for one in await unit.prompts.hold(KEY)] == [5, 4, 3, 2, 1]

    async def test_an_author_s_name_is_exported_and_erased_and_the_text_stays(
        self, store: Any
    ) -> None:
        theirs = replace(FIRST, number=2, created_by="user_ada")
        async with store.begin() as unit:
            await unit.prompts.add(FIRST)
            await unit.prompts.add(theirs)
        async with store.begin() as unit:
            (held,) = await unit.personal.page("user_ada", "prompts", "", 10)
            assert (held.data["version"], held.data["text"]) == (2, theirs.text)
            assert await unit.personal.page("user_ada", "prompts", held.key, 10) == []
            assert (await unit.erasing.delete_user("user_ada"))["prompt_versions"] == 1
        async with store.begin() as unit:
            authors = [one.created_by for one in await unit.prompts.hold(KEY)]
            assert authors == ["somebody erased", "shipped"]
            assert "prompt_versions" not in await unit.erasing.delete_user("user_ada")
