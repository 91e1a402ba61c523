"""The trail in Postgres: what the store in memory does, and that nobody can rewrite it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ab_auth.adapters.postgres import PostgresStore
from ab_auth.usecases.list_audit import ListAudit
from ab_auth.usecases.record_audit import RecordAudit
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.audit import ListAudit as Request
from ab_shared.database.engine import engine_for
from ab_shared.database.transaction import Transactions
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.databases import ServiceDatabase
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import exc, text

NOW = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)
REWRITES = ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "TRUNCATE audit"]


def deed(number: int, **more: Any) -> AuditRecorded:
    fields = {
        "actor": "jo",
        "actor_kind": "operator",
        "action": "job.cancel",
        "subject": f"job:{number}",
        "after": {"status": "failed", "lines": [1, 2]},
        "occurred_at": NOW,
    }
    return AuditRecorded.model_validate(fields | more)


@pytest.mark.real
class TestPostgresTrail:
    @pytest.fixture
    async def made(self, database: NewDatabase) -> ServiceDatabase:
        return await database("auth")

    @pytest.fixture
    def store(self, made: ServiceDatabase) -> PostgresStore:
        return PostgresStore(Transactions(made.engine, producer="auth", relay=None))

    async def tell(self, store: PostgresStore, entry: AuditRecorded, message_id: str) -> None:
        with bound(Context(message_id=message_id, correlation_id="c-1")):
            await RecordAudit(store, b"k" * 32)(entry)

    async def test_entries_come_back_as_they_were_told_and_once(self, store: PostgresStore) -> None:
        for number in range(5):
            await self.tell(store, deed(number), f"m{number}")
            await self.tell(store, deed(number), f"m{number}")
        first = await ListAudit(store)(Request(limit=3))
        second = await ListAudit(store)(Request(limit=3, before=first.next_before))
        together = [*first.entries, *second.entries]
        assert [entry.id for entry in together] == ["m4", "m3", "m2", "m1", "m0"]
        assert second.next_before is None
        kept = together[0].model_dump(include=set(AuditRecorded.model_fields))
        assert kept == deed(4).model_dump()

    async def test_it_can_be_narrowed_and_a_percent_sign_is_no_joker(
        self, store: PostgresStore
    ) -> None:
        await self.tell(store, deed(1), "m1")
        await self.tell(store, deed(2, action="job_x.cancel", actor="bo"), "m2")

        async def found(**wanted: Any) -> list[str]:
            page = await ListAudit(store)(Request.model_validate(wanted))
            return [entry.id for entry in page.entries]

        assert await found(action="job.") == ["m1"]
        assert await found(action="%") == []
        assert await found(action="job_") == ["m2"]
        assert await found(actor="bo") == ["m2"]
        assert await found(subject="job:1", since=NOW) == ["m1"]
        assert await found(since=NOW.replace(year=2027)) == []

    @pytest.mark.parametrize("rewrite", REWRITES)
    async def test_neither_the_service_nor_the_owner_can_rewrite_it(
        self, store: PostgresStore, made: ServiceDatabase, rewrite: str
    ) -> None:
        await self.tell(store, deed(1), "m1")
        owner = engine_for(made.owner_url, pool_size=1)
        for engine, refusal in ((made.engine, "permission denied"), (owner, "append-only")):
            async with engine.connect() as connection:
                with pytest.raises(exc.ProgrammingError, match=refusal):
                    await connection.execute(text(rewrite))
        await owner.dispose()
        assert len((await ListAudit(store)(Request())).entries) == 1
