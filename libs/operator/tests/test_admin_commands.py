"""How roles are given from the command line, over a real broker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from ab_operator.main import app
from ab_shared.contracts import admin
from ab_shared.contracts.admin import Role
from ab_shared.errors import Conflict, NotFound
from ab_shared.messaging.declaring import declare
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.rabbit import RabbitBus
from typer.testing import CliRunner

pytestmark = pytest.mark.real


@dataclass
class Auth:
    """Stands in for the service: remembers what it was asked."""

    asked: list[Any] = field(default_factory=list)

    async def grant(self, request: admin.GrantRole) -> admin.HeldRole:
        self.asked.append(request)
        email = request.person.email
        if email is not None and email.get_secret_value() == "nobody@example.org":
            raise NotFound("Nobody signs in with this e-mail address")
        return admin.HeldRole(user_id="user_ada", role=request.role, version=1)

    async def revoke(self, request: admin.RevokeRole) -> admin.HeldRole:
        self.asked.append(request)
        if request.person.user_id == "user_last":
            raise Conflict("This is the last administrator: make another one first")
        return admin.HeldRole(user_id="user_ada", role=None, version=2)

    async def everybody(self, _: admin.ListAdmins) -> admin.Admins:
        since = datetime(2026, 1, 5, tzinfo=UTC)
        one = admin.Admin(
            user_id="user_ada", role=Role.ADMIN, granted_by="jo", granted_at=since, version=1
        )
        return admin.Admins(admins=(one,))


@pytest.fixture
async def service(rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Auth]:
    monkeypatch.setenv("OPERATOR_RABBITMQ_URL", rabbitmq_url)
    monkeypatch.setenv("OPERATOR_NAME", "jo")
    await declare(rabbitmq_url)
    made, answers = Auth(), Subscriptions()
    answers.answer(admin.GrantRole, made.grant)
    answers.answer(admin.RevokeRole, made.revoke)
    answers.answer(admin.ListAdmins, made.everybody)
    bus = RabbitBus(rabbitmq_url, "auth")
    await bus.start()
    await bus.serve(answers)
    yield made
    await bus.close()


async def run(*words: str) -> tuple[int, str]:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["admin", *words])
    return done.exit_code, done.output


async def test_a_role_is_given_by_address_or_by_id(service: Auth) -> None:
    code, output = await run("grant", "ada@example.org", "ADMIN", "--why", "the first one")
    assert (code, output) == (0, "user_ada holds ADMIN\n")
    assert (await run("grant", "user_ada", "read_only"))[0] == 0
    first, second = service.asked
    assert first.person.email.get_secret_value() == "ada@example.org"
    assert (first.actor, first.actor_kind, first.reason) == ("jo", "operator", "the first one")
    assert (second.person.user_id, second.role) == ("user_ada", Role.READ_ONLY)


async def test_what_cannot_be_is_one_line(service: Auth) -> None:
    code, output = await run("grant", "nobody@example.org", "ADMIN")
    assert (code, "Nobody signs in with this" in output) == (1, True)
    assert "nobody@example.org" not in output
    assert (await run("grant", "user_ada", "KING"))[0] == 2
    assert len(service.asked) == 1
    code, output = await run("revoke", "user_last")
    assert (code, "last administrator" in output) == (1, True)


async def test_a_role_is_taken_and_all_are_listed(service: Auth) -> None:
    assert await run("revoke", "user_ada", "--why", "has left") == (0, "user_ada holds no role\n")
    assert service.asked[-1].reason == "has left"
    assert "user_ada" in (await run("list"))[1]
    [shown] = json.loads((await run("list", "--json"))[1])
    assert (shown["user_id"], shown["role"], shown["granted_by"]) == ("user_ada", "ADMIN", "jo")
