"""What listeners told, in memory and in Postgres: the same tests."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.domain.listener import (
    CurationWishes,
    DoneDay,
    Enrolment,
    EnrolmentState,
    ValueRow,
)
from ab_shared.contracts.preferences import Preferences
from ab_shared.contracts.rpc import Mix
from ab_shared.database.transaction import Transactions
from ab_shared.testing.infra import NewDatabase
from session_memory.store import MemoryStore
from sqlalchemy import text

AT = datetime(2026, 5, 5, 12, tzinfo=UTC)
LATER = AT + timedelta(days=1)


def value(value_id: str, rank: int | None = None, at: datetime = AT) -> ValueRow:
    return ValueRow(uuid4(), value_id, f"The text of {value_id}", rank, at, at)


def enrolment(program_id: str, user: str = "user", touched: datetime = AT) -> Enrolment:
    return Enrolment(user, program_id, EnrolmentState.ACTIVE, AT, touched)


class SelvesContract:
    """What holds for every store."""

    async def test_whoever_told_nothing_is_nobody_known(self, store: Any) -> None:
        async with store.begin() as unit:
            selves = unit.selves
            assert await selves.values("user") == ()
            assert await selves.struggle("user") is None
            assert await selves.preferences("user") is None
            assert await selves.curation_preferences("user") is None
            assert await selves.active_path("user") is None
            assert list(await unit.enrolments.of_user("user")) == []

    async def test_values_come_ranked_first_and_replace_each_other(self, store: Any) -> None:
        first = [value("c"), value("b", 2), value("a"), value("d", 1)]
        async with store.begin() as unit:
            await unit.selves.replace_values("user", first, AT)
        async with store.begin() as unit:
            kept = await unit.selves.values("user")
            assert [one.value_id for one in kept] == ["d", "b", "c", "a"]
            await unit.selves.replace_values("user", [value("b", 1, LATER)], LATER)
            await unit.selves.replace_values("somebody", [value("x")], LATER)
        async with store.begin() as unit:
            (only,) = await unit.selves.values("user")
            assert (only.id, only.rank) == (first[1].id, 1)
            assert (only.created_at, only.updated_at) == (AT, LATER)
            await unit.selves.replace_values("user", [], LATER)
            assert await unit.selves.values("user") == ()

    async def test_each_part_is_kept_for_itself(self, store: Any) -> None:
        wanted = Preferences(voice_id="onyx", mix=Mix(binaural=0.2), loop_binaural=False)
        wishes = CurationWishes("Sleep", None, "Balanced")
        async with store.begin() as unit:
            await unit.selves.save_struggle("user", "I lie awake", AT)
            await unit.selves.save_preferences("user", wanted, AT)
            await unit.selves.save_curation_preferences("user", wishes, AT)
        async with store.begin() as unit:
            assert await unit.selves.struggle("user") == "I lie awake"
            assert await unit.selves.preferences("user") == wanted
            assert await unit.selves.hold_preferences("user", AT) == wanted
            assert await unit.selves.hold_preferences("nobody yet", AT) is None
            assert await unit.selves.curation_preferences("user") == wishes
            await unit.selves.save_struggle("user", None, LATER)
            assert await unit.selves.struggle("user") is None
            assert await unit.selves.preferences("user") == wanted

    async def test_an_enrolment_is_one_and_knows_the_days_of_its_round(self, store: Any) -> None:
        mine = enrolment("deep-work")
        async with store.begin() as unit:
            assert await unit.enrolments.add(mine)
            assert not await unit.enrolments.add(mine)
            await unit.enrolments.save_day(mine, DoneDay(2, AT, "Asia/Tokyo", None, 3))
            await unit.enrolments.save_day(mine, DoneDay(1, LATER, "UTC", LATER, None))
            await unit.enrolments.save_day(mine, DoneDay(1, LATER, "UTC", LATER, 5))
        async with store.begin() as unit:
            found = await unit.enrolments.find("user", "deep-work", hold=True)
            days = (DoneDay(1, LATER, "UTC", LATER, 5), DoneDay(2, AT, "Asia/Tokyo", None, 3))
            assert found == replace(mine, days=days)
            assert await unit.enrolments.find("user", "sleep") is None
            again = replace(found, round=2, days=())
            await unit.enrolments.save(again)
            await unit.enrolments.save_day(again, DoneDay(4, None, "UTC", LATER, None))
        async with store.begin() as unit:
            found = await unit.enrolments.find("user", "deep-work")
            assert [day.day for day in found.days] == [4]
            told = list(await unit.enrolments.completions("user"))
            assert told == [(AT, "Asia/Tokyo"), (LATER, "UTC")]

    async def test_the_program_last_touched_is_the_active_path(self, store: Any) -> None:
        old, new = enrolment("deep-work"), enrolment("steady-ground", touched=LATER)
        async with store.begin() as unit:
            for one in (old, new, enrolment("a-kinder-voice", "somebody", LATER)):
                await unit.enrolments.add(one)
            await unit.enrolments.save_day(new, DoneDay(1, LATER))
        async with store.begin() as unit:
            step = await unit.selves.active_path("user")
            assert (step.path_id, step.chapter_index, step.total_chapters) == (
                *("steady-ground", 2),
                5,
            )
            assert [one.program_id for one in await unit.enrolments.of_user("user")] == [
                "steady-ground",
                "deep-work",
            ]
            await unit.enrolments.save(replace(new, state=EnrolmentState.PAUSED))
            assert (await unit.selves.active_path("user")).path_id == "deep-work"


class TestMemory(SelvesContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


@pytest.mark.real
class TestPostgres(SelvesContract):
    @pytest.fixture
    async def store(self, database: NewDatabase) -> PostgresStore:
        made = await database("session")
        return PostgresStore(Transactions(made.engine, producer="session", relay=None))

    async def test_two_posts_at_once_leave_one_of_both_lists(self, store: PostgresStore) -> None:
        lists = [[value(f"{number}-{place}", place) for place in (1, 2)] for number in range(4)]

        async def post(rows: list[ValueRow]) -> None:
            async with store.begin() as unit:
                await unit.selves.replace_values("user", rows, AT)

        await asyncio.gather(*(post(rows) for rows in lists))
        async with store.begin() as unit:
            kept = [one.value_id for one in await unit.selves.values("user")]
        assert kept in [[one.value_id for one in rows] for rows in lists]

    async def test_an_older_shape_at_rest_is_read_as_the_newest(
        self, database: NewDatabase
    ) -> None:
        made = await database("session")
        store = PostgresStore(Transactions(made.engine, producer="session", relay=None))
        async with made.engine.begin() as connection:
            await connection.execute(
                text("""INSERT INTO listeners (user_id, preferences, updated_at) VALUES
                    ('user', '{"schemaVersion": 1, "voiceId": "onyx", "pace": 7}', now())""")
            )
        async with store.begin() as unit:
            assert await unit.selves.preferences("user") == Preferences(voice_id="onyx")

    async def test_an_erasure_takes_all_of_it_and_nobody_elses(self, store: PostgresStore) -> None:
        for user in ("user", "somebody"):
            async with store.begin() as unit:
                await unit.selves.replace_values(user, [value("a"), value("b")], AT)
                await unit.selves.save_struggle(user, "I lie awake", AT)
                mine = enrolment("deep-work", user)
                await unit.enrolments.add(mine)
                await unit.enrolments.save_day(mine, DoneDay(1, AT))
        async with store.begin() as unit:
            counts = dict(await unit.erasing.delete_own("user"))
        tables = ("listener_values", "listeners", "enrolments", "program_days")
        assert {name: counts.get(name) for name in tables} == dict(
            zip(tables, (2, 1, 1, 1), strict=True)
        )
        async with store.begin() as unit:
            assert await unit.selves.values("user") == ()
            assert await unit.selves.struggle("somebody") == "I lie awake"
            assert await unit.erasing.delete_own("user") == {}

    async def test_an_archive_holds_all_of_it(self, store: PostgresStore) -> None:
        kept = [value("b", 2), value("a", 1), value("ä")]
        async with store.begin() as unit:
            await unit.selves.replace_values("user", kept, AT)
            await unit.selves.save_struggle("user", "I lie awake", AT)
            await unit.selves.save_preferences("user", Preferences(), AT)
            mine = enrolment("deep-work")
            await unit.enrolments.add(mine)
            for day in (1, 2, 10):
                await unit.enrolments.save_day(mine, DoneDay(day, AT, "Asia/Tokyo", AT, 4))
        pages: dict[str, list[Any]] = {}
        async with store.begin() as unit:
            for kind in ("self", "values", "programs", "program-days"):
                after, rows = "", []
                while page := await unit.personal.page("user", kind, after, 2):
                    rows += page
                    after = page[-1].key
                pages[kind] = [row.data for row in rows]
        assert pages["self"][0]["struggle"] == "I lie awake"
        assert pages["self"][0]["preferences"]["schemaVersion"] == 3
        assert [row["valueId"] for row in pages["values"]] == ["a", "b", "ä"]
        assert UUID(pages["values"][0]["id"]) == kept[1].id
        assert [row["programId"] for row in pages["programs"]] == ["deep-work"]
        assert [row["day"] for row in pages["program-days"]] == [1, 2, 10]
        assert pages["program-days"][0]["zone"] == "Asia/Tokyo"
