"""One world in memory and one on a real broker; a test that takes ``world`` runs in both."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import quote

import aio_pika
import httpx
import pytest
from ab_shared.contracts.base import Message
from ab_shared.contracts.catalogue import PARTICIPANTS, Kind, heard_by, route_of
from ab_shared.contracts.envelope import Envelope, wrap
from ab_shared.errors import FatalError
from ab_shared.messaging.definitions import definitions
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.messaging.topology import Rung, Topology, topology
from ab_shared.testing.memory_broker import DeadLetter, MemoryBroker
from ab_shared.testing.memory_bus import MemoryBus
from ab_shared.testing.servers import Servers, missing
from yarl import URL

RUNGS = (Rung("50ms", 0.05), Rung("100ms", 0.1), Rung("200ms", 0.2))
TOPOLOGY = topology(rungs=RUNGS)
WAIT_SECONDS = 10.0

Bus = MemoryBus | RabbitBus
OnFatal = Callable[[FatalError], None]


class World(Protocol):
    """A broker with some services around it."""

    async def bus(self, service: str, *, on_fatal: OnFatal | None = None) -> Bus: ...

    async def put(
        self, queue: str, body: bytes, headers: Mapping[str, Any] | None = None
    ) -> None: ...

    async def dead_letter(self, service: str) -> DeadLetter: ...


class MemoryWorld:
    def __init__(self, table: Topology) -> None:
        self.broker = MemoryBroker(topology=table, time_scale=1.0)

    async def bus(self, service: str, *, on_fatal: OnFatal | None = None) -> MemoryBus:
        return self.broker.bus(service, instance=secrets.token_hex(4), on_fatal=on_fatal)

    async def put(self, queue: str, body: bytes, headers: Mapping[str, Any] | None = None) -> None:
        self.broker.put(queue, body, headers)

    async def dead_letter(self, service: str) -> DeadLetter:
        await self.broker.settle(WAIT_SECONDS)
        return next(dead for dead in self.broker.dead if dead.queue.startswith(f"{service}."))


@dataclass(frozen=True)
class Management:
    """The broker's administration, and where its clients connect."""

    client: httpx.AsyncClient
    amqp: URL

    async def connections(self, user: str) -> list[str]:
        answer = (await self.client.get("/api/connections")).json()
        return [c["name"] for c in answer if c.get("user") == user]

    async def cut(self, user: str) -> int:
        """Has the broker close every connection of one bus, once it knows of both."""
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                names = await self.connections(user)
                if len(names) >= 2:
                    break
                await asyncio.sleep(0.1)  # its statistics are seconds behind
        for name in names:
            await self.client.delete(f"/api/connections/{quote(name, safe='')}")
        return len(names)


class RabbitWorld:
    """A virtual host of its own, and users with exactly the rights they have in production."""

    def __init__(self, management: Management, table: Topology, stack: AsyncExitStack) -> None:
        self.management = management
        self.name = f"test-{secrets.token_hex(6)}"
        self._table = table
        self._stack = stack

    def user(self, service: str) -> str:
        return f"{self.name}-{service}"

    def url(self, service: str) -> str:
        user = self.management.amqp.with_user(self.user(service))
        return str(user.with_password(service).with_path(f"/{self.name}"))

    @property
    def admin_url(self) -> str:
        return str(self.management.amqp.with_path(f"/{self.name}"))

    async def open(self) -> None:
        wanted = definitions({s: s for s in PARTICIPANTS}, self.name, self._table)
        for row in wanted["users"]:
            row["name"] = row["name"].replace("ab-", f"{self.name}-", 1)
        for row in wanted["permissions"] + wanted["topic_permissions"]:
            row["user"] = row["user"].replace("ab-", f"{self.name}-", 1)
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        admin = {"user": self.management.amqp.user, "vhost": self.name, **everything}
        wanted["permissions"].append(admin)
        answer = await self.management.client.post("/api/definitions", json=wanted)
        answer.raise_for_status()

    async def close(self) -> None:
        await self.management.client.delete(f"/api/vhosts/{self.name}")
        for service in PARTICIPANTS:
            await self.management.client.delete(f"/api/users/{self.user(service)}")

    async def bus(
        self, service: str, *, on_fatal: OnFatal | None = None, url: str | None = None
    ) -> RabbitBus:
        bus = RabbitBus(url or self.url(service), service, on_fatal=on_fatal, rungs=RUNGS)
        self._stack.push_async_callback(bus.close)
        await bus.start(WAIT_SECONDS)
        return bus

    async def put(self, queue: str, body: bytes, headers: Mapping[str, Any] | None = None) -> None:
        async with await aio_pika.connect(self.admin_url) as connection:
            channel = await connection.channel()
            message = aio_pika.Message(body, headers=dict(headers or {}), message_id="put")
            await channel.default_exchange.publish(message, queue)

    async def dead_letter(self, service: str) -> DeadLetter:
        async with await aio_pika.connect(self.admin_url) as connection:
            queue = await (await connection.channel()).get_queue(f"{service}.dead")
            async with queue.iterator(timeout=WAIT_SECONDS) as letters:
                async for letter in letters:
                    await letter.ack()
                    return DeadLetter(letter.routing_key or "", letter.body, letter.headers)
        raise AssertionError("no dead letter came")


@pytest.fixture
async def management(infra: Servers) -> AsyncIterator[Management]:
    if infra.rabbitmq_url is None or infra.rabbitmq_management_url is None:
        missing("RabbitMQ and its management")
    amqp = URL(infra.rabbitmq_url)
    async with httpx.AsyncClient(
        base_url=infra.rabbitmq_management_url,
        auth=(amqp.user or "guest", amqp.password or "guest"),
        timeout=WAIT_SECONDS,
    ) as client:
        yield Management(client, amqp)


@pytest.fixture
async def make_rabbit(management: Management) -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as worlds, AsyncExitStack() as buses:

        async def make(table: Topology = TOPOLOGY) -> RabbitWorld:
            world = RabbitWorld(management, table, buses)
            worlds.push_async_callback(world.close)
            await world.open()
            return world

        yield make


@pytest.fixture
async def rabbit(make_rabbit: Callable[..., Any]) -> RabbitWorld:
    world: RabbitWorld = await make_rabbit()
    return world


@pytest.fixture(params=["memory", pytest.param("rabbitmq", marks=pytest.mark.real)])
def make_world(request: pytest.FixtureRequest) -> Callable[..., Any]:
    if request.param == "rabbitmq":
        make: Callable[..., Any] = request.getfixturevalue("make_rabbit")
        return make

    async def in_memory(table: Topology = TOPOLOGY) -> MemoryWorld:
        return MemoryWorld(table)

    return in_memory


@pytest.fixture
async def world(make_world: Callable[..., Any]) -> World:
    made: World = await make_world()
    return made


@pytest.fixture
def deaf_topology() -> Topology:
    """A deployment that forgot to bind the queues of tts."""
    kept = tuple(b for b in TOPOLOGY.bindings if not b.queue.startswith("tts."))
    return replace(TOPOLOGY, bindings=kept)


async def _nothing(_message: Message) -> None:
    return


@pytest.fixture
def hearing() -> Callable[..., Subscriptions]:
    """Subscriptions with these handlers, and a deaf ear for the rest of the service's events."""

    def build(
        service: str, handlers: Mapping[type[Message], Any], *, prefetch: int = 20
    ) -> Subscriptions:
        subscriptions = Subscriptions()
        for message_type, handler in handlers.items():
            subscriptions.on(message_type, handler, prefetch=prefetch)
        if any(route_of(m).kind is Kind.EVENT for m in handlers):
            for route in heard_by(service, Kind.EVENT):
                if route.message not in handlers:
                    subscriptions.on(route.message, _nothing)
        return subscriptions

    return build


@pytest.fixture
def enveloped() -> Callable[..., Envelope]:
    """A message in its envelope, from a service that may send it."""

    def build(message: Message, **more: Any) -> Envelope:
        fields = {"producer": route_of(message).senders[0], "correlation_id": "c-1", **more}
        return wrap(message, **fields)

    return build
