"""A second user of the real broker, with the rights of a first one."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aio_pika
import httpx
import pytest
from ab_operator.broker_users import BrokerUsers
from ab_shared.errors import Conflict, DependencyUnavailable, NotFound, ValidationFailed
from ab_shared.testing.servers import Servers
from yarl import URL

pytestmark = pytest.mark.real
TOPIC = {"exchange": "ab.events", "write": "^tts\\..+$", "read": "^$"}
LISTED_SECONDS = 10
RIGHT = {"configure": "^$", "write": "^ab\\.events$", "read": "^ab\\.events$"}


@dataclass
class World:
    """The broker, its administrator, and a user with a right of each kind."""

    url: str
    users: BrokerUsers
    admin: httpx.AsyncClient
    user: str
    vhost: str

    async def rights_of(self, user: str) -> list[dict[str, str]]:
        found = []
        for kind in ("permissions", "topic-permissions"):
            answer = (await self.admin.get(f"/api/users/{user}/{kind}")).raise_for_status()
            found += [{k: v for k, v in row.items() if k != "user"} for row in answer.json()]
        return found

    async def linked(self) -> None:
        """Waits until the broker's list has a link of the user: it is told of them by event."""
        async with asyncio.timeout(LISTED_SECONDS):
            while True:
                if (await self.admin.get(f"/api/connections/username/{self.user}")).json():
                    return
                await asyncio.sleep(0.01)

    def address(self, user: str, password: str) -> str:
        return str(URL(self.url).with_user(user).with_password(password))


@pytest.fixture
async def world(rabbitmq_url: str, infra: Servers) -> AsyncIterator[World]:
    if infra.rabbitmq_management_url is None:
        pytest.skip("needs the broker's management: run through 'make test'")
    parts = urlsplit(rabbitmq_url)
    login = (unquote(parts.username or ""), unquote(parts.password or ""))
    where, vhost, user = infra.rabbitmq_management_url, parts.path[1:], f"u-{secrets.token_hex(5)}"
    users = BrokerUsers(where, *login)
    async with httpx.AsyncClient(base_url=where, auth=login, trust_env=False) as admin:
        await admin.put(f"/api/users/{user}", json={"password": "first", "tags": ""})
        await admin.put(f"/api/permissions/{vhost}/{user}", json=RIGHT)
        await admin.put(f"/api/topic-permissions/{vhost}/{user}", json=TOPIC)
        try:
            yield World(rabbitmq_url, users, admin, user, vhost)
        finally:
            for name in (user, f"{user}-b"):
                await admin.delete(f"/api/users/{name}")
            await users.close()


async def test_the_other_has_the_same_rights_and_both_work(world: World) -> None:
    other = f"{world.user}-b"
    assert await world.users.copy(world.user, other, "second") == 2
    assert await world.rights_of(other) == await world.rights_of(world.user)
    for name, password in ((world.user, "first"), (other, "second")):
        async with await aio_pika.connect(world.address(name, password)):
            pass
    # Again: another password, the same rights.
    await world.users.copy(world.user, other, "third")
    async with await aio_pika.connect(world.address(other, "third")):
        pass
    assert len(await world.rights_of(other)) == 2


async def test_nobody_retires_whom_somebody_uses(world: World) -> None:
    async with await aio_pika.connect(world.address(world.user, "first")):
        await world.linked()
        with pytest.raises(Conflict, match=r"1 links of .* are open"):
            await world.users.retire(world.user)


async def test_whom_nobody_uses_is_gone(world: World) -> None:
    await world.users.retire(world.user)
    with pytest.raises(NotFound):
        await world.users.copy(world.user, f"{world.user}-b", "second")


async def test_a_stranger_and_a_broker_that_is_away(world: World) -> None:
    stranger = BrokerUsers(str(world.admin.base_url), "nobody", "wrong")
    with pytest.raises(ValidationFailed):
        await stranger.copy(world.user, "x", "y")
    await stranger.close()
    away = BrokerUsers("http://127.0.0.1:1", "nobody", "wrong")
    with pytest.raises(DependencyUnavailable):
        await away.retire(world.user)
    await away.close()
