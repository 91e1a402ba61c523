"""Pages of sessions: the same of every store, and unmoved by what is added."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.domain.catalogue import CATALOGUE, as_session
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
