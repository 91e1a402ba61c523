"""A virtual host of the private broker with the whole topology in it, and buses around it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aio_pika
from ab_shared.contracts.base import Message
from ab_shared.contracts.catalogue import Kind, heard_by, route_of
from ab_shared.contracts.envelope import Envelope, wrap
from ab_shared.messaging.declaring import declare
from ab_shared.messaging.ports import Handler, Subscriptions
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.messaging.topology import RUNGS, Rung, topology
from ab_shared.testing.virtual_hosts import virtual_host
from aio_pika.abc import AbstractIncomingMessage
from failures.private_stack import PrivateStack

WAIT_SECONDS = 30.0


def enveloped(message: Message, message_id: str | None = None) -> Envelope:
    """A message as one who may send it sends it."""
    producer = route_of(message).senders[0]
    return wrap(message, producer=producer, correlation_id="test", message_id=message_id)


@dataclass(frozen=True)
class World:
    """A virtual host; nobody is in it but the buses made here."""

    url: str
    rungs: tuple[Rung, ...]
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def bus(self, service: str) -> RabbitBus:
        """A connected bus of a service."""
        bus = RabbitBus(self.url, service, rungs=self.rungs)
        self.stack.push_async_callback(bus.close)
        await bus.start()
        return bus

    async def hear(self, service: str, handlers: Mapping[type[Message], Handler[Any]]) -> RabbitBus:
        """A bus that hears these, and whatever else shares a queue with them in vain."""
        subscriptions = Subscriptions()
        for message, handler in handlers.items():
            subscriptions.on(message, handler)
        if any(route_of(message).kind is Kind.EVENT for message in handlers):
            for route in heard_by(service, Kind.EVENT):
                if route.message not in handlers:
                    subscriptions.on(route.message, _ignore)
        bus = await self.bus(service)
        await bus.serve(subscriptions)
        return bus

    async def put(self, queue: str, body: bytes) -> None:
        """Puts anything straight into a queue, as the administrator."""
        async with await aio_pika.connect(self.url) as connection:
            channel = await connection.channel()
            await channel.default_exchange.publish(aio_pika.Message(body), queue)

    async def dead_letters(self, service: str, count: int = 1) -> list[AbstractIncomingMessage]:
        """The next dead letters of a service, taken from its queue."""
        async with asyncio.timeout(WAIT_SECONDS), await aio_pika.connect(self.url) as connection:
            queue = await (await connection.channel()).get_queue(f"{service}.dead")
            arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
            await queue.consume(arrived.put)
            letters = [await arrived.get() for _ in range(count)]
            for letter in letters:
                await letter.ack()
            return letters


async def _ignore(_message: Message) -> None:
    return


async def until(true: Callable[[], bool], within: float = WAIT_SECONDS) -> None:
    """Returns when something has become true; TimeoutError when it does not."""
    deadline = time.monotonic() + within
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(0.02)


@asynccontextmanager
async def world_on(stack: PrivateStack, rungs: tuple[Rung, ...] = RUNGS) -> AsyncIterator[World]:
    """A world of one test on the private broker; gone afterwards."""
    broker = stack.description["infrastructure"]["rabbitmq"]
    with virtual_host(broker["amqp_url"], broker["management_url"]) as url:
        await declare(url, topology(rungs=rungs))
        world = World(url, rungs)
        async with world.stack:
            yield world
