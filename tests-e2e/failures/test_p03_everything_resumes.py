"""P3: once the broker is back every service consumes and answers again by itself within 10 s."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aio_pika
import httpx
import pytest
from ab_shared.contracts import rpc
from ab_shared.contracts.catalogue import SERVICES
from ab_shared.errors import AbError
from ab_shared.messaging.rabbit import RabbitBus
from aio_pika.abc import AbstractIncomingMessage
from failures.private_stack import PrivateStack
from performance.stack import say

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

PROMISE_SECONDS = 10.0
PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.1
# A queue of each service; what nobody can read becomes a dead letter as soon as somebody hears it.
HEARS = {
    "auth": "auth.events",
    "session": "session.events",
    "tts": "tts.synthesize",
    "stitching": "stitching.prepare",
    "entitlement": "entitlement.events",
}
Sign = Callable[[], Awaitable[Any]]


@dataclass
class Witness:
    """Asks and tells every service what its neighbours would, over connections of its own."""

    stack: PrivateStack
    gateway: RabbitBus
    session: RabbitBus
    http: httpx.AsyncClient

    @property
    def admin_url(self) -> str:
        """The broker, with every right."""
        return str(self.stack.description["infrastructure"]["rabbitmq"]["amqp_url"])

    def answers(self, service: str) -> Sign | None:
        """What only an answer of this service makes succeed; stitching answers nothing."""
        user = "nobody-in-particular"
        asked: dict[str, Sign] = {
            "gateway": self.lists_sessions,
            "auth": lambda: self.gateway.call(rpc.GetSigningKeys(), timeout=2),
            "session": lambda: self.gateway.call(
                rpc.ListSessions(user_id=None, limit=1, offset=0), timeout=2
            ),
            "tts": lambda: self.session.call(rpc.ListVoices(), timeout=2),
            "entitlement": lambda: self.gateway.call(rpc.GetEntitlement(user_id=user), timeout=2),
        }
        return asked.get(service)

    async def lists_sessions(self) -> None:
        """The gateway answers only with what its own call to session has brought."""
        (await self.http.get("/v1/sessions", timeout=3)).raise_for_status()

    async def hears(self, service: str) -> None:
        """Returns when the service has taken a message from its queue and put it aside."""
        async with await aio_pika.connect(self.admin_url, timeout=5) as connection:
            channel = await connection.channel()
            dead = await channel.get_queue(f"{service}.dead")
            await dead.purge()
            arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
            await dead.consume(arrived.put, no_ack=True)
            await channel.default_exchange.publish(aio_pika.Message(b"?"), HEARS[service])
            await arrived.get()

    async def broker_is_back(self) -> None:
        """Returns when somebody can sign in."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                async with await aio_pika.connect(self.admin_url, timeout=2):
                    return
            except (OSError, aio_pika.exceptions.AMQPError):
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(LOOK_SECONDS)

    async def resumed(self, service: str) -> float:
        """Seconds until the service answers and hears."""
        began = time.monotonic()
        if sign := self.answers(service):
            await _succeeds(sign)
        if service in HEARS:
            await asyncio.wait_for(self.hears(service), PATIENCE_SECONDS)
        return time.monotonic() - began

    async def all_resumed(self) -> dict[str, float]:
        """Seconds until each does, all watched at once."""
        taken = await asyncio.gather(*map(self.resumed, SERVICES))
        return dict(zip(SERVICES, taken, strict=True))


async def _succeeds(sign: Sign) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            await sign()
        except (AbError, httpx.HTTPError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(LOOK_SECONDS)
        else:
            return


@pytest.fixture
async def witness(private_stack: PrivateStack) -> AsyncIterator[Witness]:
    private_stack.forget_stems()
    urls = private_stack.description["infrastructure"]["rabbitmq"]["urls"]
    async with AsyncExitStack() as opened:
        buses = []
        for service in ("gateway", "session"):
            bus = RabbitBus(urls[f"ab-{service}"], service)
            opened.push_async_callback(bus.close)
            await bus.start()
            buses.append(bus)
        http = httpx.AsyncClient(base_url=private_stack.gateway_url)
        made = Witness(private_stack, buses[0], buses[1], await opened.enter_async_context(http))
        # Before anything is broken all of it works: else nothing below would prove anything.
        await made.all_resumed()
        yield made


def _tell(order: str, taken: dict[str, float]) -> None:
    say(f"P3 {order}: { ({name: round(seconds, 2) for name, seconds in taken.items()}) } s")


async def test_p03_services_that_ran_on_resume(witness: Witness) -> None:
    witness.stack.kill("rabbitmq")
    await witness.broker_is_back()
    taken = await witness.all_resumed()
    _tell("the broker died under them", taken)
    assert max(taken.values()) < PROMISE_SECONDS


async def test_p03_services_that_started_without_a_broker_resume(witness: Witness) -> None:
    witness.stack.kill("rabbitmq")
    for service in SERVICES:
        witness.stack.kill(service)
    await witness.broker_is_back()
    # The promise counts from when both are there: a process of Python takes its time to load.
    for service in SERVICES:
        await asyncio.to_thread(_loaded, witness.stack, service)
    taken = await witness.all_resumed()
    _tell("they started before the broker", taken)
    assert max(taken.values()) < PROMISE_SECONDS


async def test_p03_services_that_start_after_the_broker_resume(witness: Witness) -> None:
    witness.stack.kill("rabbitmq")
    await witness.broker_is_back()
    for service in reversed(SERVICES):
        witness.stack.kill(service)
    for service in SERVICES:
        await asyncio.to_thread(_loaded, witness.stack, service)
    taken = await witness.all_resumed()
    _tell("they started after the broker", taken)
    assert max(taken.values()) < PROMISE_SECONDS


async def test_p03_a_broker_that_hangs_and_goes_on_is_the_same_broker(witness: Witness) -> None:
    witness.stack.pause("rabbitmq")
    with pytest.raises(AbError):
        await witness.gateway.call(rpc.GetSigningKeys(), timeout=1)
    witness.stack.resume("rabbitmq")
    taken = await witness.all_resumed()
    _tell("the broker hung", taken)
    assert max(taken.values()) < PROMISE_SECONDS


def _loaded(stack: PrivateStack, service: str) -> None:
    """Returns when the process of now answers that it lives, ready or not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    url = f"{stack.description['services'][service]['url']}/livez"
    while True:
        try:
            if stack.is_up(service) and httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"{service} does not come up")
        time.sleep(LOOK_SECONDS)
