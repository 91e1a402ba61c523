"""A process that an operator keeps from its queues: in memory and on a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_shared.contracts.catalogue import OPERATOR, WORKERS, Kind, heard_by
from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.draining import DrainSet, DrainTold
from ab_shared.contracts.envelope import Envelope, wrap
from ab_shared.contracts.inspecting import InspectAudio, InspectedObjects
from ab_shared.errors import AbError
from ab_shared.messaging.draining import Draining
from ab_shared.messaging.metrics import DRAINED
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.topology import TOPOLOGY, is_live
from ab_shared.testing.memory_broker import MemoryBroker
from pydantic import ValidationError

WAIT = 10.0
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
FIRST, SECOND, THIRD = (PublishStem(stem_id=name) for name in ("first", "second", "third"))
Hearing = Callable[..., Subscriptions]
Enveloped = Callable[..., Envelope]


class Work:
    """A handler that says when it begins, and waits to be let go."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[PublishStem] = asyncio.Queue()
        self.go = asyncio.Event()

    async def __call__(self, message: PublishStem) -> None:
        self.begun.put_nowait(message)
        await self.go.wait()

    async def next(self) -> PublishStem:
        return await asyncio.wait_for(self.begun.get(), WAIT)


async def _answer(_request: InspectAudio) -> InspectedObjects:
    return InspectedObjects(objects=())


async def stitching(world: Any, hearing: Hearing, work: Work) -> Any:
    bus = await world.bus("stitching")
    subscriptions = hearing("stitching", {PublishStem: work}, prefetch=1)
    subscriptions.answer(InspectAudio, _answer)
    await bus.serve(subscriptions)
    return bus


async def test_what_is_paused_finishes_answers_and_takes_nothing_new(
    world: Any, hearing: Hearing, enveloped: Enveloped
) -> None:
    work = Work()
    bus = await stitching(world, hearing, work)
    session, gateway = await world.bus("session"), await world.bus("gateway")
    await session.publish(enveloped(FIRST))
    assert await work.next() == FIRST
    await session.publish(enveloped(SECOND))
    for _ in range(2):
        await bus.pause()
    assert bus.in_hand == 1
    work.go.set()
    await asyncio.wait_for(bus.at_rest(), WAIT)
    assert bus.in_hand == 0
    # An answer comes over the same connection as a message would.
    asked = InspectAudio(kind="track", names=("a" * 64,))
    assert (await gateway.call(asked, timeout=WAIT)).objects == ()
    assert work.begun.empty()
    for _ in range(2):
        await bus.resume()
    await session.publish(enveloped(THIRD))
    assert [await work.next(), await work.next()] == [SECOND, THIRD]
    assert work.begun.empty()


async def test_another_process_takes_what_a_paused_one_leaves(
    world: Any, hearing: Hearing, enveloped: Enveloped
) -> None:
    idle, busy = Work(), Work()
    busy.go.set()
    await (await stitching(world, hearing, idle)).pause()
    await stitching(world, hearing, busy)
    session = await world.bus("session")
    for message in (FIRST, SECOND):
        await session.publish(enveloped(message))
    assert [await busy.next(), await busy.next()] == [FIRST, SECOND]
    assert idle.begun.empty()


async def test_who_leaves_takes_nothing_again(
    world: Any, hearing: Hearing, enveloped: Enveloped
) -> None:
    gone, stays = Work(), Work()
    stays.go.set()
    bus = await stitching(world, hearing, gone)
    await bus.pause()
    await bus.drain(WAIT)
    await bus.resume()
    await stitching(world, hearing, stays)
    await (await world.bus("session")).publish(enveloped(FIRST))
    assert await stays.next() == FIRST
    assert gone.begun.empty()


async def test_an_operator_is_told_by_every_process(world: Any, hearing: Hearing) -> None:
    told: asyncio.Queue[DrainTold] = asyncio.Queue()
    operators = Subscriptions()
    operators.on(DrainTold, told.put)
    operator = await world.bus(OPERATOR)
    await operator.serve(operators)
    names = set()
    for _ in range(2):
        bus = await world.bus("stitching")
        draining = Draining("stitching", bus, lambda: NOW)
        subscriptions = hearing("stitching", {PublishStem: Work()})
        subscriptions.on(DrainSet, draining.take)
        await bus.serve(subscriptions)
        names.add(bus.instance)
    event = order()
    await operator.publish(wrap(event, producer=OPERATOR, correlation_id="c-1"))
    heard = [await asyncio.wait_for(told.get(), WAIT) for _ in range(2)]
    assert {one.instance for one in heard} == names
    assert {(one.set_at, one.draining, one.in_hand) for one in heard} == {(event.set_at, True, 0)}


async def test_however_it_is_paused_and_resumed_it_takes_once(
    world: Any, hearing: Hearing, enveloped: Enveloped
) -> None:
    work = Work()
    work.go.set()
    bus, session = await stitching(world, hearing, work), await world.bus("session")
    # At once, so that one begins while the other has not ended.
    await asyncio.gather(bus.pause(), bus.resume(), bus.pause(), bus.resume(), bus.pause())
    await session.publish(enveloped(FIRST))
    await _answering(await world.bus("gateway"))
    assert work.begun.empty()
    await asyncio.gather(bus.resume(), bus.pause(), bus.resume(), bus.resume())
    assert await work.next() == FIRST
    await asyncio.gather(bus.resume(), bus.drain(WAIT))
    await session.publish(enveloped(SECOND))
    other = Work()
    other.go.set()
    await stitching(world, hearing, other)
    assert await other.next() == SECOND
    assert work.begun.empty()


@pytest.mark.real
async def test_a_lost_connection_ends_no_pause(
    rabbit: Any, hearing: Hearing, enveloped: Enveloped
) -> None:
    work = Work()
    work.go.set()
    bus = await stitching(rabbit, hearing, work)
    session, gateway = await rabbit.bus("session"), await rabbit.bus("gateway")
    await bus.pause()
    await rabbit.management.cut(rabbit.user("stitching"))
    await session.publish(enveloped(FIRST))
    await _answering(gateway)
    assert work.begun.empty()
    await bus.resume()
    assert await work.next() == FIRST


async def _answering(gateway: Any) -> None:
    asked = InspectAudio(kind="track", names=("a" * 64,))
    async with asyncio.timeout(WAIT):
        while True:
            with suppress(AbError):
                await gateway.call(asked, timeout=1)
                return
            await asyncio.sleep(0.05)


def order(
    *, at: float = 0, seconds: float | None = 60, service: str = "stitching", **more: Any
) -> DrainSet:
    set_at = NOW + timedelta(seconds=at)
    until = None if seconds is None else set_at + timedelta(seconds=seconds)
    return DrainSet(service=service, set_at=set_at, until=until, actor="maria", **more)


class Floor:
    """A stitching process in memory, told to drain by an operator who hears what it says."""

    def __init__(self) -> None:
        self.broker, self.work = MemoryBroker(), Work()
        self._bus = self.broker.bus("stitching", instance="pod-a-1")
        self.draining = Draining("stitching", self._bus, lambda: NOW)
        self._told: asyncio.Queue[DrainTold] = asyncio.Queue()

    async def open(self) -> None:
        own, operators = Subscriptions(), Subscriptions()
        own.on(PublishStem, self.work)
        own.on(DrainSet, self.draining.take)
        operators.on(DrainTold, self._told.put)
        await self._bus.serve(own)
        await self.broker.bus(OPERATOR).serve(operators)

    async def told(self) -> tuple[str, bool, int]:
        told = await asyncio.wait_for(self._told.get(), WAIT)
        return told.instance, told.draining, told.in_hand

    @property
    def silent(self) -> bool:
        return self._told.empty()


@pytest.fixture
async def floor() -> Floor:
    floor = Floor()
    await floor.open()
    return floor


async def test_a_process_tells_that_it_has_heard_and_that_it_is_empty(floor: Floor) -> None:
    await floor.broker.send(FIRST)
    await floor.work.next()
    await floor.broker.send(order())
    assert await floor.told() == ("pod-a-1", True, 1)
    assert DRAINED._value.get() == 1
    await floor.broker.send(SECOND)
    floor.work.go.set()
    assert await floor.told() == ("pod-a-1", True, 0)
    assert floor.work.begun.empty()
    await floor.broker.send(order(at=1, seconds=None))
    assert await floor.work.next() == SECOND
    assert (await floor.told())[1] is False
    assert DRAINED._value.get() == 0


async def test_it_ends_by_itself(floor: Floor) -> None:
    floor.work.go.set()
    await floor.broker.send(order(seconds=0.05))
    assert await floor.told() == ("pod-a-1", True, 0)
    await floor.broker.send(FIRST)
    assert await floor.work.next() == FIRST
    assert DRAINED._value.get() == 0


async def test_no_clock_makes_it_longer_than_was_meant(floor: Floor) -> None:
    floor.work.go.set()
    # Of an operator whose clock is an hour ahead.
    await floor.draining.take(order(at=3600, seconds=0.05))
    assert await floor.told() == ("pod-a-1", True, 0)
    await floor.broker.send(FIRST)
    assert await floor.work.next() == FIRST


async def test_it_is_done_where_nobody_can_be_told(floor: Floor) -> None:
    floor.work.go.set()
    floor.broker.available = False
    await floor.draining.take(order())
    floor.broker.available = True
    await floor.broker.send(FIRST)
    await floor.draining.take(order(at=1))
    assert await floor.told() == ("pod-a-1", True, 0)
    assert floor.work.begun.empty()


@pytest.mark.parametrize(
    "for_others",
    [order(service="tts"), order(instance="pod-b"), order(at=-120)],
    ids=["service", "instance", "over"],
)
async def test_what_is_for_others_or_over_changes_nothing(
    floor: Floor, for_others: DrainSet
) -> None:
    floor.work.go.set()
    await floor.draining.take(for_others)
    await floor.broker.send(FIRST)
    assert await floor.work.next() == FIRST
    assert floor.silent


async def test_the_latest_word_counts_in_any_order(floor: Floor) -> None:
    floor.work.go.set()
    drained, resumed = order(at=1, instance="pod-a"), order(at=2, seconds=None)
    for event in (resumed, drained, resumed, drained):
        await floor.draining.take(event)
    await floor.broker.send(FIRST)
    assert await floor.work.next() == FIRST
    assert (await floor.told())[1] is False
    assert floor.silent


@pytest.mark.parametrize("service", WORKERS)
def test_every_process_that_has_queues_hears_it(service: str) -> None:
    (route,) = [r for r in heard_by(service, Kind.EVENT) if r.message is DrainSet]
    assert is_live(route, service)
    assert [queue for queue in TOPOLOGY.queues if queue.service == service]
    (told,) = heard_by(OPERATOR, Kind.EVENT)
    assert told.message is DrainTold


@pytest.mark.parametrize("seconds", [0, -1, 24 * 3600 + 1])
def test_nobody_may_drain_for_ever(seconds: float) -> None:
    with pytest.raises(ValidationError, match="a day at the most"):
        order(seconds=seconds)
