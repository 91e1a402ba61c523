"""Roles in Postgres: as in memory, and two processes that change them wait for each other."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_auth.adapters.postgres import PostgresStore
from ab_auth.bootstrap import role_desk
from ab_auth.domain.accounts import User
from ab_auth.usecases.change_role import ChangeRole
from ab_auth.usecases.find_person import FindPerson
from ab_auth.usecases.grant_role import GrantRole
from ab_shared.contracts import admin
from ab_shared.contracts.admin import Role
from ab_shared.database.engine import engine_for
from ab_shared.database.transaction import Transactions
from ab_shared.errors import Conflict
from ab_shared.testing.databases import ServiceDatabase
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import text

pytestmark = pytest.mark.real
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
NAMES = [f"user_{number}" for number in range(6)]


def store_on(engine: Any) -> PostgresStore:
    return PostgresStore(Transactions(engine, producer="auth", relay=None))


def grant(user_id: str, role: Role = Role.ADMIN) -> admin.GrantRole:
    person = admin.Person(user_id=user_id)
    return admin.GrantRole(person=person, role=role, actor="jo", actor_kind="operator")


def revoke(user_id: str) -> admin.RevokeRole:
    person = admin.Person(user_id=user_id)
    return admin.RevokeRole(person=person, actor="user_0", actor_kind="admin")


@pytest.fixture
async def made(database: NewDatabase) -> ServiceDatabase:
    made = await database("auth")
    async with store_on(made.engine).begin() as unit:
        for name in NAMES:
            await unit.add_user(User(name, NOW))
        await unit.add_identity("https://clerk.test", NAMES[0], NAMES[0])
    return made


async def test_change_and_entry_are_one_transaction(made: ServiceDatabase) -> None:
    desk = role_desk(store_on(made.engine), None, None)
    assert (await desk.get(admin.GetRole(user_id="nobody"))).role is None
    await desk.grant(grant(NAMES[0]))
    first = await desk.grant(grant(NAMES[1], Role.SUPPORT))
    await desk.revoke(revoke(NAMES[1]))
    with pytest.raises(Conflict):
        await desk.revoke(revoke(NAMES[0]))
    listed = (await desk.everybody(admin.ListAdmins())).admins
    assert [(one.user_id, one.role, one.granted_by) for one in listed] == [
        (NAMES[0], Role.ADMIN, "jo")
    ]
    found = await desk.find(admin.FindUser(person=admin.Person(user_id=NAMES[0])))
    assert (found.issuers, found.role) == (("https://clerk.test",), Role.ADMIN)
    held = await desk.get(admin.GetRole(user_id=NAMES[1]))
    assert (held.role, held.version) == (None, first.version + 1)
    async with made.engine.connect() as connection:
        rows = await connection.execute(text("SELECT envelope FROM outbox ORDER BY id"))
        sent = [json.loads(row.envelope)["type"] for row in rows]
    assert sent == ["audit.recorded", "auth.role_changed"] * 3


async def test_of_many_processes_that_demote_everybody_one_administrator_is_left(
    made: ServiceDatabase,
) -> None:
    engines = [engine_for(made.url, pool_size=2) for _ in range(2)]
    desks = [role_desk(store_on(engine), None, None) for engine in engines]
    for name in NAMES:
        await desks[0].grant(grant(name))
    deeds = [
        desks[number % 2].revoke(revoke(name))
        if number % 3
        else desks[number % 2].grant(grant(name, Role.READ_ONLY))
        for number, name in enumerate(NAMES)
    ]
    answers = await asyncio.gather(*deeds, return_exceptions=True)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    assert sum(isinstance(answer, admin.HeldRole) for answer in answers) == len(NAMES) - 1
    async with store_on(engines[1]).begin() as unit:
        assert len(await unit.holders(Role.ADMIN)) == 1
    for engine in engines:
        await engine.dispose()


async def test_a_user_who_goes_takes_the_role_along(made: ServiceDatabase) -> None:
    store = store_on(made.engine)
    times = iter((NOW, NOW + timedelta(seconds=5), NOW + timedelta(minutes=1)))
    change = ChangeRole(store, FindPerson(store, None), lambda: next(times))
    desk = replace(role_desk(store, None, None), grant=GrantRole(change))
    await desk.grant(grant(NAMES[0], Role.SUPPORT))
    before = await desk.grant(grant(NAMES[0]))
    async with made.engine.begin() as connection:
        await connection.execute(text("DELETE FROM users"))
    assert (await desk.get(admin.GetRole(user_id=NAMES[0]))).role is None
    # Gateways remember what they heard last: whoever comes back must not be older than that.
    async with store.begin() as unit:
        await unit.add_user(User(NAMES[0], NOW))
    assert (await desk.grant(grant(NAMES[0]))).version > before.version + 1
