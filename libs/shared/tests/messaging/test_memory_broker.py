"""What only the broker in memory offers to tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.envelope import Envelope
from ab_shared.contracts.rpc import GetEntitlement
from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging.ports import Subscriptions
from ab_shared.testing.memory_broker import MemoryBroker

STEM = PublishStem(stem_id="delta_2hz_120")


async def test_it_records_what_was_said_in_order(enveloped: Callable[..., Envelope]) -> None:
    broker = MemoryBroker()
    first = await broker.send(STEM)
    await broker.bus("session").publish(enveloped(PublishStem(stem_id="second")))
    assert broker.recorded[0] == first
    assert [m.stem_id for m in broker.messages(PublishStem)] == ["delta_2hz_120", "second"]


async def test_it_delivers_twice_when_asked(hearing: Callable[..., Subscriptions]) -> None:
    broker, heard = MemoryBroker(), list[PublishStem]()

    async def hear(message: PublishStem) -> None:
        heard.append(message)

    await broker.bus("stitching").serve(hearing("stitching", {PublishStem: hear}))
    broker.twice(PublishStem)
    await broker.send(STEM)
    await broker.send(STEM)
    await broker.settle()
    assert len(heard) == 3


async def test_its_ladder_takes_no_time_but_is_written_down(
    hearing: Callable[..., Subscriptions],
) -> None:
    broker = MemoryBroker()

    async def fail(_message: PublishStem) -> None:
        raise DependencyUnavailable("away")

    await broker.bus("stitching").serve(hearing("stitching", {PublishStem: fail}))
    await broker.send(STEM)
    await broker.settle(1)
    assert [wait.rung.name for wait in broker.waits] == ["1s", "5s", "30s", "2m", "10m"]
    assert [dead.message for dead in broker.dead] == [STEM]


async def test_it_can_be_away(enveloped: Callable[..., Envelope]) -> None:
    broker = MemoryBroker()
    bus = broker.bus("session")
    broker.available = False
    with pytest.raises(DependencyUnavailable):
        await bus.publish(enveloped(STEM))
    with pytest.raises(DependencyUnavailable):
        await bus.call(GetEntitlement(user_id="u"))
    with pytest.raises(DependencyUnavailable):
        await bus.check()
    broker.available = True
    await bus.publish(enveloped(STEM))
    assert broker.messages(PublishStem) == [STEM]
