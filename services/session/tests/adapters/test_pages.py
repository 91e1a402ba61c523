"""Pages of sessions: the same of every store, and unmoved by what is added."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.domain.catalogue import CATALOGUE, as_session
from ab_session.domain.paging import Sought, sought_in
from ab_shared.database.transaction import Transactions
from ab_shared.testing.infra import NewDatabase
from session_memory.samples import AT, session_of
from session_memory.store import MemoryStore


class PagesContract:
    """What every store does."""

    async def test_pages_hold_the_catalogue_and_then_own_sessions(self, store: Any) -> None:
        catalogue = [as_session(entry, AT) for entry in CATALOGUE]
        async with store.begin() as unit:
            await unit.sessions.seed(catalogue)
            for number in range(5):
                await unit.sessions.add(session_of(number + 1))
            await unit.sessions.add(session_of(9, user="other"))
        expected = [s.id for s in catalogue] + [UUID(int=n) for n in (5, 4, 3, 2, 1)]
        async with store.begin() as unit:
            pages = [await unit.sessions.page("user", 4, offset) for offset in range(0, 24, 4)]
            assert [row.id for page in pages for row in page] == expected
            public = await unit.sessions.page(None, 100, 0)
        assert [row.id for row in public] == expected[: len(catalogue)]
        assert public[0].title == "Wake Up"

    async def test_pages_behind_a_row_stay_where_they_are_when_rows_are_added(
        self, store: Any
    ) -> None:
        catalogue = [as_session(entry, AT) for entry in CATALOGUE]
        # Some of the same instant: their ids decide.
        own = [replace(session_of(n), created_at=AT + timedelta(hours=n // 3)) for n in range(1, 8)]
        async with store.begin() as unit:
            await unit.sessions.seed(catalogue)
            for session in own:
                await unit.sessions.add(session)
            whole = await unit.sessions.page("user", 100, 0)
        seen, behind = [], None
        for newer in range(20, 40):
            async with store.begin() as unit:
                page = await unit.sessions.page("user", 3, 0, behind)
                late = replace(session_of(newer), created_at=AT + timedelta(days=newer))
                await unit.sessions.add(late)
            seen += page
            if len(page) < 3:
                break
            behind = page[-1].place
        known = {row.id for row in whole}
        assert [row.id for row in seen if row.id in known] == [row.id for row in whole]
        # What came while the catalogue was read is newer than all own: it is there, and once.
        assert len({row.id for row in seen}) == len(seen)
        assert not any(row.id.int >= 30 for row in seen[-len(own) :])

    @pytest.mark.parametrize(
        ("sought", "numbers"),
        [
            (sought_in("CAFÉ", None, favourites=False), [5, 3, 1]),
            (sought_in(" cafe\u0301 3 ", None, favourites=False), [3]),
            (sought_in("100%", None, favourites=False), [4]),
            (sought_in("_", None, favourites=False), []),
            (sought_in(None, "Deep Sleep ", favourites=False), [5, 4]),
            (sought_in(None, None, favourites=True), [4, 3]),
            (sought_in("cafe", "deep-sleep", favourites=True), []),
            (sought_in("  ", "", favourites=False), [5, 4, 3, 2, 1]),
        ],
    )
    async def test_pages_hold_what_is_sought_whatever_its_accents_and_case(
        self, store: Any, sought: Sought, numbers: list[int]
    ) -> None:
        titles = {1: "Café 1", 2: "Other", 3: "cafe 3", 4: "Full 100% of it", 5: "CAFE\u0301 ﬁve"}
        async with store.begin() as unit:
            for number, title in titles.items():
                goal = "deep sleep" if number > 3 else None
                await unit.sessions.add(replace(session_of(number), title=title, goal_tag=goal))
            for number in (3, 4):
                await unit.library.mark("user", UUID(int=number), AT)
                await unit.library.mark("user", UUID(int=number), AT)
                await unit.library.mark("other", UUID(int=5), AT)
        seen, behind = [], None
        async with store.begin() as unit:
            # Row by row, so that each search is gone through by its cursor.
            while page := await unit.sessions.page("user", 1, 0, behind, sought):
                seen += page
                behind = page[0].place
            assert [row.id.int for row in seen] == numbers
            assert {row.id.int for row in seen if row.favourite} == {3, 4} & set(numbers)
            whole = await unit.sessions.page("user", 100, 0, None, sought)
            assert [row.id for row in whole] == [row.id for row in seen]

    async def test_a_search_reaches_the_catalogue_too(self, store: Any) -> None:
        catalogue = [as_session(entry, AT) for entry in CATALOGUE]
        async with store.begin() as unit:
            await unit.sessions.seed(catalogue)
            await unit.sessions.add(replace(session_of(1), title="Wake up, me"))
            await unit.library.mark("user", catalogue[0].id, AT)
            found = await unit.sessions.page(
                "user", 10, 0, None, sought_in("wake up", None, favourites=False)
            )
            marked = await unit.sessions.page(
                "user", 10, 0, None, sought_in(None, None, favourites=True)
            )
            public = await unit.sessions.page(
                None, 10, 0, None, sought_in("wake up", None, favourites=False)
            )
        assert [row.id for row in found] == [catalogue[0].id, UUID(int=1)]
        assert [row.id for row in marked] == [row.id for row in public] == [catalogue[0].id]
        assert [row.favourite for row in (*found, *marked, *public)] == [True, False, True, False]


class TestPagesInMemory(PagesContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


@pytest.mark.real
class TestPagesInPostgres(PagesContract):
    @pytest.fixture
    async def store(self, database: NewDatabase) -> PostgresStore:
        made = await database("session")
        return PostgresStore(Transactions(made.engine, producer="session", relay=None))
