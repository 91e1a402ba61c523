from __future__ import annotations

from typing import Any

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.usecases.export_user import KINDS, ExportUser
from ab_shared.contracts.exporting import ExportedFile, ExportedRecord, ExportSessions
from ab_shared.database.transaction import Transactions
from ab_shared.testing.infra import NewDatabase
from session_memory.rig import Rig, draft
from session_memory.samples import given, session_of
from session_memory.store import MemoryStore


async def told(
    store: Any, user: str, limit: int = 2
) -> tuple[list[ExportedRecord], list[ExportedFile], int]:
    export, after, pages = ExportUser(store), "", 0
    records: list[ExportedRecord] = []
    files: list[ExportedFile] = []
    while True:
        page = await export(ExportSessions(user_id=user, after=after, limit=limit))
        pages += 1
        records += page.records
        files += page.files
        if page.next is None:
            return records, files, pages
        after = page.next


class ExportContract:
    """What holds for every store."""

    async def test_own_records_come_kind_after_kind_and_nobody_elses(self, store: Any) -> None:
        mine = [await given(store, session_of(number)) for number in range(1, 6)]
        others = await given(store, session_of(9, user="somebody else"))
        records, _, pages = await told(store, "user")
        kinds = [record.kind for record in records]
        assert kinds == ["sessions"] * 5 + ["jobs"] * 5
        assert [KINDS.index(kind) for kind in kinds] == sorted(KINDS.index(kind) for kind in kinds)
        assert {record.data["id"] for record in records[5:]} == {str(job.id) for job in mine}
        assert str(others.id) not in {record.data["id"] for record in records}
        assert pages == 3 + 3 + len(KINDS) - 2

    async def test_somebody_nobody_knows_has_nothing(self, store: Any) -> None:
        await given(store, session_of())
        assert await told(store, "nobody") == ([], [], len(KINDS))

    async def test_a_full_last_page_is_followed_by_an_empty_one(self, store: Any) -> None:
        for number in range(1, 5):
            await given(store, session_of(number))
        records, _, _ = await told(store, "user")
        assert len({record.data["id"] for record in records}) == len(records) == 8


class TestMemory(ExportContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


@pytest.mark.real
class TestPostgres(ExportContract):
    @pytest.fixture
    async def store(self, database: NewDatabase) -> PostgresStore:
        made = await database("session")
        return PostgresStore(Transactions(made.engine, producer="session", relay=None))

    async def test_a_session_brings_its_lines_and_its_sound(self, postgres_rig: Rig) -> None:
        created = await postgres_rig.create(draft("I am one.", "I am \u201ctwo\u201d, naïve."))
        await postgres_rig.made(created)
        records, files, _ = await told(postgres_rig.store, "user")
        data = records[0].data
        assert data["affirmations"] == ["I am one.", "I am \u201ctwo\u201d, naïve."]
        assert data["createdAt"].startswith("20")
        assert data["audio"]["file"] == f"audio/{files[0].name}"
        assert files[0].name == f"{created.session.id}/affirmations.m4a"
        assert files[0].asset.sha256 == data["audio"]["sha256"]
