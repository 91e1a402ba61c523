"""Roles are given and taken, on the record, and somebody is always left to give them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from ab_auth.bootstrap import role_desk
from ab_auth.domain.accounts import StoredPassword, User
from ab_auth.entrypoints.consumer import RoleDesk
from ab_shared.contracts import admin
from ab_shared.contracts.admin import Role
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.errors import Conflict, DependencyUnavailable, NotFound, ValidationFailed
from pydantic import SecretStr

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ISSUER = "https://auth.test"
CLERK = "https://clerk.test"


@dataclass
class Directory:
    """Clerk's list of users; ``away`` makes it fail as the network does."""

    away: bool = False

    async def subject_of(self, email: str) -> str | None:
        if self.away:
            raise DependencyUnavailable("the directory is away")
        return "user_clerk" if email == "cleo@example.org" else None


def by_id(user_id: str) -> admin.Person:
    return admin.Person(user_id=user_id)


def by_email(email: str) -> admin.Person:
    return admin.Person(email=SecretStr(email))


def grant(person: admin.Person, role: Role = Role.ADMIN, **more: Any) -> admin.GrantRole:
    return admin.GrantRole(person=person, role=role, actor="jo", actor_kind="operator", **more)


def revoke(user_id: str, **more: Any) -> admin.RevokeRole:
    return admin.RevokeRole(person=by_id(user_id), actor="jo", actor_kind="operator", **more)


@pytest.fixture
async def store(memory_store: Any) -> Any:
    async with memory_store.begin() as unit:
        for name in ("ada", "bob", "clerk"):
            await unit.add_user(User(f"user_{name}", NOW))
        await unit.add_password("ada@example.org", StoredPassword("user_ada", "x"))
        await unit.add_identity(CLERK, "user_clerk", "user_clerk")
    return memory_store


@pytest.fixture
def desk(store: Any) -> RoleDesk:
    return role_desk(store, Directory(), ISSUER)


async def role_of(desk: RoleDesk, user_id: str) -> tuple[Role | None, int]:
    held = await desk.get(admin.GetRole(user_id=user_id))
    return held.role, held.version


def told(store: Any, kind: type[Any]) -> list[Any]:
    messages = [envelope.data for envelope in store.transactions.envelopes]
    keys = [envelope.routing_key for envelope in store.transactions.envelopes]
    found = zip(keys, messages, strict=True)
    return [kind.model_validate(data) for key, data in found if key == kind.routing_key]


async def test_a_grant_by_address_names_the_user_by_id_everywhere(
    desk: RoleDesk, store: Any
) -> None:
    held = await desk.grant(grant(by_email(" Ada@Example.org "), reason="the first one"))
    assert held == admin.HeldRole(user_id="user_ada", role=Role.ADMIN, version=held.version)
    [entry] = told(store, AuditRecorded)
    assert (entry.action, entry.subject, entry.actor) == ("admin.grant", "user:user_ada", "jo")
    assert (entry.before, entry.after) == ({"role": None}, {"role": "ADMIN"})
    assert entry.reason == "the first one"
    assert entry.request_id
    [changed] = told(store, admin.RoleChanged)
    assert changed == admin.RoleChanged(user_id="user_ada", role=Role.ADMIN, version=held.version)
    assert "@" not in str(store.transactions.envelopes)


async def test_an_address_of_another_issuer_is_found_in_its_directory(desk: RoleDesk) -> None:
    assert (await desk.grant(grant(by_email("cleo@example.org")))).user_id == "user_clerk"


async def test_who_has_not_been_here_gets_no_role(store: Any, desk: RoleDesk) -> None:
    alone = role_desk(store, None, ISSUER)
    for asked, request in [
        (desk, grant(by_email("nobody@example.org"))),
        (alone, grant(by_email("cleo@example.org"))),
        (desk, grant(by_id("user_nobody"))),
    ]:
        with pytest.raises(NotFound):
            await asked.grant(request)
    with pytest.raises(ValidationFailed):
        await desk.grant(grant(by_email("nothing like an address")))
    with pytest.raises(DependencyUnavailable):
        await role_desk(store, Directory(away=True), None).grant(
            grant(by_email("cleo@example.org"))
        )
    assert (await desk.everybody(admin.ListAdmins())).admins == ()


async def test_the_same_again_leaves_no_trace(desk: RoleDesk, store: Any) -> None:
    first = await desk.grant(grant(by_id("user_ada")))
    assert await desk.grant(grant(by_id("user_ada"))) == first
    nothing = await desk.revoke(revoke("user_bob"))
    assert nothing == admin.HeldRole(user_id="user_bob")
    assert len(told(store, AuditRecorded)) == len(told(store, admin.RoleChanged)) == 1


async def test_versions_grow_through_revocation(desk: RoleDesk) -> None:
    await desk.grant(grant(by_id("user_ada")))
    first = (await desk.grant(grant(by_id("user_bob"), Role.SUPPORT))).version
    assert (await desk.revoke(revoke("user_bob"))).version == first + 1
    assert await role_of(desk, "user_bob") == (None, first + 1)
    await desk.grant(grant(by_id("user_bob"), Role.READ_ONLY))
    assert await role_of(desk, "user_bob") == (Role.READ_ONLY, first + 2)
    listed = (await desk.everybody(admin.ListAdmins())).admins
    assert {(one.user_id, one.role) for one in listed} == {
        ("user_ada", Role.ADMIN),
        ("user_bob", Role.READ_ONLY),
    }


async def test_the_last_administrator_stays(desk: RoleDesk, store: Any) -> None:
    first = await desk.grant(grant(by_id("user_ada")))
    await desk.grant(grant(by_id("user_bob"), Role.OPERATOR))
    before = len(told(store, AuditRecorded))
    with pytest.raises(Conflict):
        await desk.revoke(revoke("user_ada"))
    for lower in (Role.OPERATOR, Role.SUPPORT, Role.READ_ONLY):
        with pytest.raises(Conflict):
            await desk.grant(grant(by_id("user_ada"), lower))
    assert await role_of(desk, "user_ada") == (Role.ADMIN, first.version)
    assert len(told(store, AuditRecorded)) == before
    await desk.grant(grant(by_id("user_bob")))
    assert (await desk.revoke(revoke("user_ada", reason="has left"))).role is None
    entry = told(store, AuditRecorded)[-1]
    assert (entry.action, entry.subject, entry.reason) == (
        *("admin.revoke", "user:user_ada"),
        "has left",
    )
    assert (entry.before, entry.after) == ({"role": "ADMIN"}, {"role": None})


async def test_of_many_who_leave_at_once_one_stays(desk: RoleDesk) -> None:
    names = ("user_ada", "user_bob", "user_clerk")
    for name in names:
        await desk.grant(grant(by_id(name)))
    answers = await asyncio.gather(
        *(desk.revoke(revoke(name)) for name in names), return_exceptions=True
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    assert len((await desk.everybody(admin.ListAdmins())).admins) == 1


async def test_a_reason_with_an_address_changes_nothing(desk: RoleDesk, store: Any) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await desk.grant(grant(by_id("user_ada"), reason="asked by ada@example.org"))
    assert "ada@" not in refused.value.message
    assert await role_of(desk, "user_ada") == (None, 0)
    assert told(store, admin.RoleChanged) == []


async def test_a_user_is_found_and_none_is_made(desk: RoleDesk, store: Any) -> None:
    held = await desk.grant(grant(by_id("user_clerk"), Role.SUPPORT))
    found = await desk.find(admin.FindUser(person=by_id("user_clerk")))
    assert (found.issuers, found.role) == ((CLERK,), Role.SUPPORT)
    assert found.role_version == held.version
    ada = await desk.find(admin.FindUser(person=by_email("ada@example.org")))
    assert (ada.user_id, ada.issuers, ada.role) == ("user_ada", (ISSUER,), None)
    with pytest.raises(NotFound):
        await desk.find(admin.FindUser(person=by_id("user_nobody")))
    assert len(store.rows.users) == 3


@pytest.mark.parametrize("named", [{}, {"user_id": "u", "email": "a@b.c"}, {"user_id": ""}])
def test_a_person_is_named_in_one_way(named: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"name a user|at least 1"):
        admin.Person.model_validate(named)
