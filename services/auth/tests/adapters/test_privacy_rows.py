"""Erasing on the real tables: rows go, and the trail forgets a name and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ab_auth.adapters.privacy_rows import PostgresPrivacyStore, personal_tables
from ab_auth.domain.accounts import StoredPassword, User
from ab_auth.usecases.list_audit import ListAudit
from ab_auth.usecases.record_erased import RecordErased
from ab_auth.usecases.request_erasure import RequestErasure
from ab_shared.contracts.audit import AuditEntry
from ab_shared.contracts.audit import ListAudit as Wanted
from ab_shared.contracts.privacy import Erased
from ab_shared.contracts.privacy import RequestErasure as Request
from ab_shared.database.transaction import Transactions
from ab_shared.testing.infra import NewDatabase

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
USER, OTHER = "user_1", "user_12"


@pytest.mark.real
class TestErasing:
    @pytest.fixture
    async def store(self, database: NewDatabase) -> PostgresPrivacyStore:
        made = await database("auth")
        store = PostgresPrivacyStore(Transactions(made.engine, producer="auth", relay=None))
        async with store.begin() as unit:
            for user in (USER, OTHER):
                await unit.add_user(User(user, NOW))
                await unit.add_password(f"{user}@example.com", StoredPassword(user, "x"))
                entry = AuditEntry(
                    actor=user,
                    actor_kind="admin",
                    action="user.look",
                    subject=f"user:{USER}",
                    after={"who": [user, f"{user}-too"]},
                )
                await unit.add_entry(f"m-{user}", "c", entry)
        return store

    async def test_the_saga_from_the_first_word_to_the_proof(
        self, store: PostgresPrivacyStore
    ) -> None:
        erase = RequestErasure(store, b"k" * 32, 0, timedelta(hours=1), lambda: NOW)
        first = await erase(Request(user_id=USER))
        assert await erase(Request(user_id=USER)) == first
        async with store.begin() as unit:
            assert await unit.user(USER) is None
            # A token still believed somewhere does not bring them back meanwhile.
            assert not await unit.add_user(User(USER, NOW))
            assert await unit.user(OTHER) is not None
        record = RecordErased(store, lambda: NOW)
        for service in ("gateway", "entitlement", "session", "session"):
            await record(Erased(erasure_id=first.job.id, service=service))
        async with store.begin() as unit:
            job = await unit.privacy_job(first.job.id)
            assert job is not None
            assert (job.state, job.user_id) == ("completed", None)
            assert await unit.add_user(User(USER, NOW))
        page = await ListAudit(store)(Wanted())
        mine, theirs = sorted(page.entries, key=lambda one: one.id)
        name = f"erased:{job.proof}"
        assert (mine.actor, mine.subject) == (name, f"user:{name}")
        assert mine.after == {"who": [name, f"{USER}-too"]}
        assert (theirs.actor, theirs.after) == (OTHER, {"who": [OTHER, f"{OTHER}-too"]})

    def test_every_table_with_a_user_is_known(self) -> None:
        names = {table.name for table in personal_tables()}
        assert {"identities", "passwords", "families", "admins", "api_keys", "users"} <= names
