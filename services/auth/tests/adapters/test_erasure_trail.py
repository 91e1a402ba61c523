"""An administrator who is erased: the entries it leaves, and that the role goes along."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_auth.adapters.privacy_rows import PostgresPrivacyStore
from ab_auth.bootstrap import role_desk
from ab_auth.domain.accounts import User
from ab_auth.usecases.request_erasure import RequestErasure
from ab_auth.usecases.retry_erasure import RetryErasure
from ab_shared.contracts import admin, privacy
from ab_shared.database.transaction import Transactions
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import text

pytestmark = pytest.mark.real
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


async def test_the_role_goes_and_the_deeds_are_on_record(
    database: NewDatabase, clock: FakeClock
) -> None:
    made = await database("auth")
    store = PostgresPrivacyStore(Transactions(made.engine, producer="auth", relay=None))
    async with store.begin() as unit:
        await unit.add_user(User("user_ada", NOW))
    person = admin.Person(user_id="user_ada")
    desk = role_desk(store, None, None)
    await desk.grant(
        admin.GrantRole(person=person, role=admin.Role.SUPPORT, actor="jo", actor_kind="operator")
    )
    erase = RequestErasure(store, b"k" * 32, 0, timedelta(hours=1), clock)
    asked = privacy.RequestErasure(
        user_id="user_ada", requested_by="operator", actor="jo", reason="asked for by letter"
    )
    job = (await erase(asked)).job
    retry = privacy.RetryPrivacyJob(job_id=job.id, actor="user_boss", actor_kind="admin")
    await RetryErasure(store, clock)(retry)
    assert (await desk.get(admin.GetRole(user_id="user_ada"))).role is None
    sent = await envelopes(made.engine)
    roles = [data["role"] for kind, data in sent if kind == "auth.role_changed"]
    assert roles == ["SUPPORT", None]
    entries = [data for kind, data in sent if kind == "audit.recorded"]
    assert [(one["action"], one["actor"], one["actor_kind"]) for one in entries] == [
        ("admin.grant", "jo", "operator"),
        ("user.erase", "jo", "operator"),
        ("erasure.retry", "user_boss", "admin"),
    ]
    assert entries[1]["reason"] == "asked for by letter"


async def envelopes(engine: Any) -> list[tuple[str, dict[str, Any]]]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT envelope FROM outbox ORDER BY id"))
        found = [json.loads(row.envelope) for row in rows]
    return [(one["type"], one["data"]) for one in found]
