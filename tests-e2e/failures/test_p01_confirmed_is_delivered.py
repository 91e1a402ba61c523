"""P1: what the broker has confirmed arrives, though it is stopped and killed in mid-traffic."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field

import pytest
from ab_shared.contracts.commands import PublishStem
from ab_shared.errors import TransientError
from failures.broker import World, enveloped, until, world_on
from failures.private_stack import PrivateStack
from performance.stack import say

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

SENDERS = 16
# Enough before, between and after the two blows that each falls into full traffic.
CALM = 300
ARRIVAL_SECONDS = 45.0


@dataclass
class Traffic:
    """Senders that never stop until told; what they were promised, what has arrived."""

    confirmed: set[str] = field(default_factory=set)
    refused: int = 0
    received: list[str] = field(default_factory=list)
    enough: bool = False

    async def hear(self, message: PublishStem) -> None:
        """A handler that takes its time."""
        await asyncio.sleep(0.002)
        self.received.append(message.stem_id)

    async def flow(self, world: World) -> None:
        """Sends until there is enough; every success is a promise."""
        bus = await world.bus("session")

        async def send(sender: int) -> None:
            for number in itertools.count():
                if self.enough:
                    return
                name = f"{sender}-{number}"
                try:
                    await bus.publish(enveloped(PublishStem(stem_id=name)))
                except TransientError:
                    self.refused += 1
                    await asyncio.sleep(0.02)
                else:
                    self.confirmed.add(name)

        await asyncio.gather(*(send(sender) for sender in range(SENDERS)))

    async def until_confirmed(self, more: int) -> None:
        """Returns when so many more promises were made."""
        wanted = len(self.confirmed) + more
        await until(lambda: len(self.confirmed) >= wanted, ARRIVAL_SECONDS)

    async def until_arrived(self) -> None:
        """Returns when every promise is kept."""
        await until(lambda: self.confirmed <= set(self.received), ARRIVAL_SECONDS)


async def test_p01_every_confirmed_message_arrives(private_stack: PrivateStack) -> None:
    traffic = Traffic()
    async with world_on(private_stack) as world:
        await world.hear("stitching", {PublishStem: traffic.hear})
        flowing = asyncio.create_task(traffic.flow(world))
        await traffic.until_confirmed(CALM)
        for blow in (private_stack.stop, private_stack.kill):
            refused = traffic.refused
            blow("rabbitmq")
            await asyncio.to_thread(private_stack.wait_ready, "rabbitmq")
            await traffic.until_confirmed(CALM)
            assert traffic.refused > refused, "the blow was not felt: it proves nothing"
        traffic.enough = True
        await flowing
        try:
            await traffic.until_arrived()
        except TimeoutError:
            pytest.fail(f"lost: {sorted(traffic.confirmed - set(traffic.received))[:10]}")
    twice = len(traffic.received) - len(set(traffic.received))
    say(
        f"P1 confirmed {len(traffic.confirmed)}, refused {traffic.refused}, lost 0, "
        f"delivered more than once {twice}"
    )
