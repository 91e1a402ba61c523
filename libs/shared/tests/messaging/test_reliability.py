"""What the real bus keeps when connections break; each of these fails when its care is removed."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import aio_pika
import pytest
from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.envelope import Envelope
from ab_shared.contracts.events import KeysRotated
from ab_shared.contracts.rpc import Entitlement, GetEntitlement, ListVoices
from ab_shared.errors import DeadlineExceeded, DependencyUnavailable, Overloaded, TransientError
from ab_shared.messaging import rpc_client
from ab_shared.messaging.codec import encode
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.rabbit import RabbitBus
from yarl import URL

pytestmark = pytest.mark.real

WAIT = 10.0
STEM = PublishStem(stem_id="delta_2hz_120")
VOICES = ListVoices()
ASK = GetEntitlement(user_id="u")
ANSWER = Entitlement(
    plan="free", status="active", daily_generations=2, remaining_today=1, offline_downloads=False
)


class Wire:
    """A TCP wire to the broker that can be cut and mended."""

    def __init__(self, target: URL) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for end in list(self._ends):
            end.transport.abort()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._target.host, self._target.port)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            self._ends.add(sink)
            task = asyncio.create_task(self._copy(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        sink.close()
        self._ends.discard(sink)


@pytest.fixture
async def wire(management: Any) -> AsyncIterator[Wire]:
    wire = Wire(management.amqp)
    await wire.mend()
    yield wire
    await wire.cut()


def through(wire: Wire, url: str) -> str:
    return str(URL(url).with_port(wire.port))


async def eventually(works: Callable[[], Any], within: float = WAIT) -> float:
    """Tries until it no longer fails for a passing reason; the seconds that took."""
    began = time.perf_counter()
    while True:
        try:
            await works()
        except TransientError:
            if time.perf_counter() - began > within:
                raise
            await asyncio.sleep(0.02)
        else:
            return time.perf_counter() - began


async def until_away(bus: RabbitBus) -> None:
    """Returns when the bus has noticed that its broker is gone."""
    async with asyncio.timeout(WAIT):
        with suppress(DependencyUnavailable):
            while True:
                await bus.check()
                await asyncio.sleep(0.001)


async def answer(_request: GetEntitlement) -> Entitlement:
    return ANSWER


async def serve_entitlement(bus: RabbitBus) -> None:
    subscriptions = Subscriptions()
    subscriptions.answer(GetEntitlement, answer)
    await bus.serve(subscriptions)


async def test_what_was_confirmed_arrives_though_the_broker_cuts_every_connection(
    rabbit: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    heard: set[str] = set()
    confirmed: set[str] = set()
    more = asyncio.Event()

    async def hear(message: PublishStem) -> None:
        await asyncio.sleep(0.002)
        heard.add(message.stem_id)
        more.set()

    await (await rabbit.bus("stitching")).serve(hearing("stitching", {PublishStem: hear}))
    sender = await rabbit.bus("session")
    failures: list[TransientError] = []
    enough = asyncio.Event()

    async def send(worker: int) -> None:
        for number in itertools.count():
            stem_id = f"{worker}-{number}"
            try:
                await sender.publish(enveloped(PublishStem(stem_id=stem_id)))
            except TransientError as error:
                failures.append(error)
                await asyncio.sleep(0.01)
            else:
                confirmed.add(stem_id)
            if enough.is_set():
                return

    sending = asyncio.gather(*(send(worker) for worker in range(16)))
    assert await rabbit.management.cut(rabbit.user("session"))
    assert await rabbit.management.cut(rabbit.user("stitching"))
    await eventually(lambda: sender.publish(enveloped(STEM)))
    enough.set()
    await sending
    async with asyncio.timeout(30):
        while not confirmed <= heard:
            more.clear()
            await more.wait()
    assert failures, "the cut came too late to prove anything"


async def test_everything_resumes_by_itself_after_the_broker_closed_the_connections(
    rabbit: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    keys: asyncio.Queue[KeysRotated] = asyncio.Queue()
    gateway, server = await rabbit.bus("gateway"), await rabbit.bus("entitlement")

    async def hear(event: KeysRotated) -> None:
        keys.put_nowait(event)

    await gateway.serve(hearing("gateway", {KeysRotated: hear}))
    await serve_entitlement(server)
    assert await gateway.call(ASK) == ANSWER
    assert await rabbit.management.cut(rabbit.user("gateway")) == 2
    assert await rabbit.management.cut(rabbit.user("entitlement")) == 2
    assert await eventually(lambda: gateway.call(ASK, timeout=1)) < 3
    await eventually(gateway.check)
    event = KeysRotated(issuer="i", keys=())
    await (await rabbit.bus("auth")).publish(enveloped(event))
    async with asyncio.timeout(WAIT):
        assert await keys.get() == event


async def test_during_an_outage_everything_fails_at_once_and_returns_by_itself(
    rabbit: Any,
    wire: Wire,
    hearing: Callable[..., Subscriptions],
    enveloped: Callable[..., Envelope],
) -> None:
    heard: asyncio.Queue[PublishStem] = asyncio.Queue()

    async def hear(message: PublishStem) -> None:
        heard.put_nowait(message)

    sender = await rabbit.bus("session", url=through(wire, rabbit.url("session")))
    hearer = await rabbit.bus("stitching", url=through(wire, rabbit.url("stitching")))
    await hearer.serve(hearing("stitching", {PublishStem: hear}))
    await wire.cut()
    for attempt in (
        lambda: sender.publish(enveloped(STEM)),
        lambda: sender.call(VOICES),
    ):
        began = time.perf_counter()
        with pytest.raises(DependencyUnavailable):
            await attempt()
        # Far below what a confirm or an answer is waited for.
        assert time.perf_counter() - began < 1
    await until_away(sender)
    await wire.mend()
    assert await eventually(lambda: sender.publish(enveloped(STEM))) < 3
    async with asyncio.timeout(WAIT):
        assert await heard.get() == STEM


async def test_calls_in_flight_end_with_the_connection(rabbit: Any, wire: Wire) -> None:
    asked = asyncio.Event()

    async def never(_request: GetEntitlement) -> Entitlement:
        asked.set()
        await asyncio.Event().wait()
        return ANSWER

    server = await rabbit.bus("entitlement")
    subscriptions = Subscriptions()
    subscriptions.answer(GetEntitlement, never)
    await server.serve(subscriptions)
    gateway = await rabbit.bus("gateway", url=through(wire, rabbit.url("gateway")))
    call = asyncio.create_task(gateway.call(ASK, timeout=60))
    await asked.wait()
    await wire.cut()
    async with asyncio.timeout(WAIT):
        with pytest.raises(DependencyUnavailable):
            await call


async def test_work_goes_on_while_the_connection_is_away_and_never_beside_itself(
    rabbit: Any,
    wire: Wire,
    hearing: Callable[..., Subscriptions],
    enveloped: Callable[..., Envelope],
) -> None:
    begun, go, ended = asyncio.Queue[int](), asyncio.Event(), asyncio.Queue[int]()
    running = 0

    async def work(_message: PublishStem) -> None:
        nonlocal running
        running += 1
        begun.put_nowait(running)
        await go.wait()
        running -= 1
        ended.put_nowait(running)

    hearer = await rabbit.bus("stitching", url=through(wire, rabbit.url("stitching")))
    await hearer.serve(hearing("stitching", {PublishStem: work}, prefetch=1))
    await (await rabbit.bus("session")).publish(enveloped(STEM))
    assert await begun.get() == 1
    await wire.cut()
    await wire.mend()
    async with asyncio.timeout(WAIT):
        while hearer._intakes[0].busy < 2:
            await eventually(hearer.check)
            await asyncio.sleep(0.01)  # until the broker has handed the message out again
        assert begun.empty()
        go.set()
        assert await ended.get() == 0


async def test_whoever_publishes_while_the_bus_closes_gets_an_error_and_is_not_cancelled(
    rabbit: Any, enveloped: Callable[..., Envelope]
) -> None:
    sender = await rabbit.bus("session")
    publishes = [asyncio.create_task(sender.publish(enveloped(STEM))) for _ in range(200)]
    await asyncio.sleep(0.01)
    await sender.close()
    outcomes = await asyncio.gather(*publishes, return_exceptions=True)
    failed = [outcome for outcome in outcomes if outcome is not None]
    assert failed
    assert {type(outcome) for outcome in failed} == {DependencyUnavailable}


async def test_no_call_leaves_anything_behind(rabbit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    started = asyncio.Event()

    async def never(_request: GetEntitlement) -> Entitlement:
        started.set()
        await asyncio.Event().wait()
        return ANSWER

    server, gateway = await rabbit.bus("entitlement"), await rabbit.bus("gateway")
    with pytest.raises(DependencyUnavailable):
        await gateway.call(ASK)
    subscriptions = Subscriptions()
    subscriptions.answer(GetEntitlement, never)
    await server.serve(subscriptions)
    with pytest.raises(DeadlineExceeded):
        await gateway.call(ASK, timeout=0.05)
    started.clear()
    cancelled = asyncio.create_task(gateway.call(ASK))
    await started.wait()
    monkeypatch.setattr(rpc_client, "MAX_WAITING_CALLS", 1)
    with pytest.raises(Overloaded):
        await gateway.call(ASK)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    assert gateway._client.waiting == 0


async def test_a_request_whose_time_is_over_is_not_worked_on(
    rabbit: Any, enveloped: Callable[..., Envelope]
) -> None:
    asked: list[str] = []
    seen = asyncio.Event()

    async def count(request: GetEntitlement) -> Entitlement:
        asked.append(request.user_id)
        seen.set()
        return ANSWER

    server = await rabbit.bus("entitlement")
    subscriptions = Subscriptions()
    subscriptions.answer(GetEntitlement, count)
    await server.serve(subscriptions)
    for user, deadline in (("late", time.time() - 1), ("early", time.time() + 60)):
        body = encode(enveloped(GetEntitlement(user_id=user)))
        await rabbit.put("entitlement.rpc", body, {"x-deadline": str(deadline)})
    async with asyncio.timeout(WAIT):
        await seen.wait()
    assert asked == ["early"]


async def test_a_crash_loop_over_one_message_ends_with_the_broker_putting_it_aside(
    rabbit: Any, enveloped: Callable[..., Envelope]
) -> None:
    await rabbit.put("stitching.publish_stem", encode(enveloped(STEM)))
    deliveries = 0
    async with await aio_pika.connect(rabbit.admin_url) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue("stitching.publish_stem")
        async with asyncio.timeout(WAIT):
            while message := await queue.get(fail=False):
                deliveries += 1
                await message.reject(requeue=True)
        dead = await channel.get_queue("stitching.dead")
        async with dead.iterator(timeout=WAIT) as letters:
            letter = await anext(letters)
            await letter.ack()
    assert letter.headers["x-first-death-reason"] == "delivery_limit"
    assert 10 <= deliveries <= 12


async def test_starting_without_a_broker_says_so_in_time() -> None:
    bus = RabbitBus("amqp://nobody:x@127.0.0.1:1/none", "tts")
    began = time.perf_counter()
    with pytest.raises(DependencyUnavailable):
        await bus.start(0.3)
    assert time.perf_counter() - began < 1


async def test_starting_waits_for_a_broker_that_comes_late(rabbit: Any, wire: Wire) -> None:
    await wire.cut()
    bus = RabbitBus(through(wire, rabbit.url("tts")), "tts")
    starting = asyncio.create_task(bus.start(WAIT))
    await asyncio.sleep(0.1)
    await wire.mend()
    await starting
    await bus.check()
    await bus.close()
