"""What both the real bus and the one in memory do with commands and events."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from ab_shared.contracts.base import Message
from ab_shared.contracts.commands import PublishStem, SynthesizeRead
from ab_shared.contracts.envelope import Envelope
from ab_shared.contracts.events import KeysRotated, StemFailed, UserRegistered
from ab_shared.contracts.speech import Performance, SpeechRecipe
from ab_shared.errors import (
    AudioRejected,
    DependencyUnavailable,
    InvalidMessage,
    SchemaOutdated,
    Unroutable,
)
from ab_shared.messaging.headers import ATTEMPT, QUEUE, ROUTING_KEY, STACK, capture
from ab_shared.messaging.ports import Subscriptions
from ab_shared.runtime.context import Context, bound, current
from opentelemetry import trace

WAIT = 10.0
STEM = PublishStem(stem_id="delta_2hz_120")
FAILED = StemFailed(stem_id="delta_2hz_120", code="ASSET_ERROR", message="no")
QUEUE_NAME = "stitching.publish_stem"


class Ear:
    """A handler that keeps what it hears and with which context."""

    def __init__(self, *errors: Exception) -> None:
        self.heard: asyncio.Queue[tuple[Message, Context]] = asyncio.Queue()
        self.times: list[float] = []
        self.errors = list(errors)

    async def __call__(self, message: Message) -> None:
        self.times.append(time.perf_counter())
        self.heard.put_nowait((message, current()))
        if self.errors:
            raise self.errors.pop(0)

    async def next(self) -> tuple[Message, Context]:
        async with asyncio.timeout(WAIT):
            return await self.heard.get()


async def test_a_command_reaches_its_hearer_with_its_context(
    world: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    ear = Ear()
    hearer, sender = await world.bus("stitching"), await world.bus("session")
    await hearer.serve(hearing("stitching", {PublishStem: ear}))
    envelope = enveloped(STEM, correlation_id="corr", causation_id="cause")
    with bound(Context(request_id="abcdef")):
        await sender.publish(envelope)
    message, context = await ear.next()
    assert message == STEM
    assert context == Context(
        "corr", "abcdef", envelope.id, envelope.id, 1, None, envelope.occurred_at
    )


async def test_an_event_reaches_the_service_once_and_every_process_that_listens_live(
    world: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    ears = [Ear(), Ear()]
    for ear in ears:
        gateway = await world.bus("gateway")
        await gateway.serve(hearing("gateway", {KeysRotated: ear}))
    shared = Ear()
    for _ in range(2):
        session = await world.bus("session")
        await session.serve(hearing("session", {StemFailed: shared}))
    await (await world.bus("auth")).publish(enveloped(KeysRotated(issuer="i", keys=())))
    await (await world.bus("stitching")).publish(enveloped(FAILED))
    assert [(await ear.next())[0].routing_key for ear in ears] == ["auth.keys_rotated.v1"] * 2
    assert (await shared.next())[0] == FAILED
    assert shared.heard.empty()


@pytest.mark.parametrize("error", [AudioRejected("no"), RuntimeError("no")])
async def test_what_each_process_hears_is_dropped_where_it_fails(
    world: Any,
    hearing: Callable[..., Subscriptions],
    enveloped: Callable[..., Envelope],
    error: Exception,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ear = Ear(error)
    gateway, auth = await world.bus("gateway"), await world.bus("auth")
    await gateway.serve(hearing("gateway", {KeysRotated: ear}))
    for issuer in ("first", "second"):
        await auth.publish(enveloped(KeysRotated(issuer=issuer, keys=())))
    heard = [(await ear.next())[0] for _ in range(2)]
    assert [message.issuer for message in heard if isinstance(message, KeysRotated)] == [
        "first",
        "second",
    ]
    await gateway.drain(WAIT)
    await gateway.check()
    assert ear.heard.empty()
    # Neither a way back nor a grave is tried: the broker would refuse both, and end the link.
    ours = [row.message for row in caplog.records if row.name == "ab.messaging"]
    assert ours == ["an event was dropped"]


async def test_an_event_that_nobody_hears_is_no_error(
    world: Any, enveloped: Callable[..., Envelope]
) -> None:
    event = UserRegistered(user_id="u", issuer="i", registered_at="2026-01-01T00:00:00Z")
    await (await world.bus("auth")).publish(enveloped(event))


async def test_a_command_without_a_queue_is_refused_at_once(
    make_world: Callable[..., Any], deaf_topology: Any, enveloped: Callable[..., Envelope]
) -> None:
    world = await make_world(deaf_topology)
    sender = await world.bus("session")
    performances = tuple(Performance(variant=v, seed=v, speed=1) for v in (1, 2))
    recipe = SpeechRecipe(
        provider="p",
        provider_voice="v",
        model="m",
        synthesis_version="1",
        performances=performances,
    )
    command = SynthesizeRead(speech_address="a" * 64, text="I rest.", recipe=recipe, variant=1)
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        with pytest.raises(Unroutable):
            await sender.publish(enveloped(command))
        taken.append(time.perf_counter() - began)
    # Any single one may meet a busy machine.
    assert min(taken) < 0.1
    await sender.publish(enveloped(STEM))


async def test_twins_in_flight_are_each_told_that_they_are_unroutable(
    make_world: Callable[..., Any], deaf_topology: Any, enveloped: Callable[..., Envelope]
) -> None:
    world = await make_world(deaf_topology)
    sender = await world.bus("session")
    performances = tuple(Performance(variant=v, seed=v, speed=1) for v in (1, 2))
    recipe = SpeechRecipe(
        provider="p",
        provider_voice="v",
        model="m",
        synthesis_version="1",
        performances=performances,
    )
    command = SynthesizeRead(speech_address="a" * 64, text="I rest.", recipe=recipe, variant=1)
    twins = [sender.publish(enveloped(command, message_id="twin")) for _ in range(8)]
    outcomes = await asyncio.gather(*twins, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [Unroutable] * 8


async def test_a_service_may_not_send_what_is_not_its_own(
    world: Any, enveloped: Callable[..., Envelope]
) -> None:
    with pytest.raises(InvalidMessage):
        await (await world.bus("tts")).publish(enveloped(STEM))


async def test_commands_wait_until_somebody_serves(
    world: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    sender = await world.bus("session")
    await asyncio.gather(*(sender.publish(enveloped(STEM)) for _ in range(40)))
    ear = Ear()
    await (await world.bus("stitching")).serve(hearing("stitching", {PublishStem: ear}))
    for _ in range(40):
        await ear.next()


@pytest.mark.parametrize("error", [DependencyUnavailable("away"), RuntimeError("a bug")])
async def test_what_may_work_later_climbs_the_ladder(
    world: Any,
    hearing: Callable[..., Subscriptions],
    enveloped: Callable[..., Envelope],
    error: Exception,
) -> None:
    ear = Ear(error, error)
    await (await world.bus("stitching")).serve(hearing("stitching", {PublishStem: ear}))
    envelope = enveloped(STEM)
    with bound(Context(request_id="abcdef")):
        await (await world.bus("session")).publish(envelope)
    for attempt in (1, 2, 3):
        _, context = await ear.next()
        assert context.attempt == attempt
        assert (context.message_id, context.request_id) == (envelope.id, "abcdef")
    first, second = (later - earlier for earlier, later in itertools.pairwise(ear.times))
    assert first >= 0.04
    assert second >= 0.08


async def test_after_the_last_rung_it_is_a_dead_letter(
    world: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    ear = Ear(*[DependencyUnavailable("away")] * 10)
    await (await world.bus("stitching")).serve(hearing("stitching", {PublishStem: ear}))
    envelope = enveloped(STEM)
    await (await world.bus("session")).publish(envelope)
    dead = await world.dead_letter("stitching")
    assert (dead.reason, dead.error) == ("exhausted", "DependencyUnavailable")
    assert dead.headers[ATTEMPT] == 4
    assert Envelope.model_validate_json(dead.body) == envelope
    assert ear.heard.qsize() == 4


async def test_what_can_never_work_is_a_dead_letter_at_once(
    world: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    ear = Ear(AudioRejected("silent"))
    await (await world.bus("stitching")).serve(hearing("stitching", {PublishStem: ear}))
    await (await world.bus("session")).publish(enveloped(STEM))
    dead = await world.dead_letter("stitching")
    assert (dead.reason, dead.error, dead.headers[ATTEMPT]) == ("permanent", "AudioRejected", 1)
    assert dead.headers[QUEUE] == QUEUE_NAME
    assert dead.headers[ROUTING_KEY] == "stitching.publish_stem.v1"
    assert len(dead.headers[STACK]) == 16
    assert dead.message == STEM
    assert ear.heard.qsize() == 1


def _changed(envelope: Envelope, **fields: Any) -> bytes:
    return json.dumps(envelope.model_dump(mode="json") | fields).encode()


@pytest.mark.parametrize(
    "break_it",
    [
        lambda _: b"{",
        lambda _: b"\xff\x00",
        lambda _: b"[]",
        lambda e: _changed(e, producer=None),
        lambda e: _changed(e, data={"stem_id": ""}),
        lambda e: _changed(e, data={}),
        lambda e: _changed(e, version=99),
        lambda e: _changed(e, type="stitching.dance"),
        lambda e: _changed(e, type="tts.synthesize"),
    ],
)
async def test_what_does_not_fit_its_contract_is_a_dead_letter_unseen(
    world: Any,
    hearing: Callable[..., Subscriptions],
    enveloped: Callable[..., Envelope],
    break_it: Callable[[Envelope], bytes],
) -> None:
    ear = Ear()
    await (await world.bus("stitching")).serve(hearing("stitching", {PublishStem: ear}))
    body = break_it(enveloped(STEM))
    await world.put(QUEUE_NAME, body)
    dead = await world.dead_letter("stitching")
    assert (dead.reason, dead.error, dead.body) == ("invalid", "InvalidMessage", body)
    assert ear.heard.empty()


async def test_a_fatal_error_stops_this_process_and_leaves_the_message_to_the_next(
    world: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    told: asyncio.Queue[Exception] = asyncio.Queue()
    first = await world.bus("stitching", on_fatal=told.put_nowait)
    ear = Ear(SchemaOutdated("old"))
    await first.serve(hearing("stitching", {PublishStem: ear}))
    await (await world.bus("session")).publish(enveloped(STEM))
    async with asyncio.timeout(WAIT):
        assert isinstance(await told.get(), SchemaOutdated)
    await first.close()
    next_ear = Ear()
    await (await world.bus("stitching")).serve(hearing("stitching", {PublishStem: next_ear}))
    assert (await next_ear.next())[0] == STEM
    assert ear.heard.qsize() == 1


async def test_no_more_handlers_run_at_once_than_were_asked_for(
    world: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    running, most, done = 0, 0, asyncio.Semaphore(0)

    async def work(_message: PublishStem) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        done.release()

    hearer = await world.bus("stitching")
    await hearer.serve(hearing("stitching", {PublishStem: work}, prefetch=3))
    sender = await world.bus("session")
    await asyncio.gather(*(sender.publish(enveloped(STEM)) for _ in range(20)))
    async with asyncio.timeout(WAIT):
        for _ in range(20):
            await done.acquire()
    assert most == 3


async def test_draining_finishes_what_has_begun_and_leaves_the_rest(
    world: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    begun, go = asyncio.Event(), asyncio.Event()
    finished: list[str] = []

    async def work(message: PublishStem) -> None:
        begun.set()
        await go.wait()
        finished.append(message.stem_id)

    hearer, sender = await world.bus("stitching"), await world.bus("session")
    await hearer.serve(hearing("stitching", {PublishStem: work}, prefetch=1))
    await sender.publish(enveloped(STEM))
    await sender.publish(enveloped(PublishStem(stem_id="second")))
    async with asyncio.timeout(WAIT):
        await begun.wait()
    draining = asyncio.create_task(hearer.drain(WAIT))
    await asyncio.sleep(0)
    go.set()
    await draining
    await hearer.close()
    assert finished[0] == STEM.stem_id
    ear = Ear()
    await (await world.bus("stitching")).serve(hearing("stitching", {PublishStem: ear}))
    if len(finished) == 1:
        assert (await ear.next())[0] == PublishStem(stem_id="second")
    await sender.publish(enveloped(PublishStem(stem_id="third")))
    assert (await ear.next())[0] == PublishStem(stem_id="third")


async def test_what_a_drain_cuts_short_comes_again(
    world: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    begun = asyncio.Event()

    async def work(_message: PublishStem) -> None:
        begun.set()
        await asyncio.Event().wait()

    hearer, sender = await world.bus("stitching"), await world.bus("session")
    await hearer.serve(hearing("stitching", {PublishStem: work}))
    await sender.publish(enveloped(STEM))
    async with asyncio.timeout(WAIT):
        await begun.wait()
    await hearer.drain(0.01)
    await hearer.close()
    ear = Ear()
    await (await world.bus("stitching")).serve(hearing("stitching", {PublishStem: ear}))
    assert (await ear.next())[0] == STEM


async def test_the_trace_and_the_request_of_the_writer_survive_a_late_publisher(
    world: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    seen: asyncio.Queue[tuple[int, str]] = asyncio.Queue()

    async def work(_message: PublishStem) -> None:
        trace_id = trace.get_current_span().get_span_context().trace_id
        seen.put_nowait((trace_id, current().request_id))

    await (await world.bus("stitching")).serve(hearing("stitching", {PublishStem: work}))
    span = trace.NonRecordingSpan(trace.SpanContext(0xABC, 0xDEF, is_remote=False))
    with trace.use_span(span), bound(Context(request_id="letters")):
        kept = capture()
    await (await world.bus("session")).publish(enveloped(STEM), headers=kept)
    async with asyncio.timeout(WAIT):
        assert await seen.get() == (0xABC, "letters")


async def test_a_subscription_outside_the_catalogue_is_refused(
    world: Any, hearing: Callable[..., Subscriptions]
) -> None:
    with pytest.raises(ValueError, match="does not say that tts hears"):
        await (await world.bus("tts")).serve(hearing("stitching", {PublishStem: Ear()}))


async def test_half_of_a_shared_queue_is_refused(world: Any) -> None:
    subscriptions = Subscriptions()
    subscriptions.on(StemFailed, Ear())
    with pytest.raises(ValueError, match="has no handler"):
        await (await world.bus("session")).serve(subscriptions)


def test_a_message_has_one_handler() -> None:
    subscriptions = Subscriptions()
    subscriptions.on(PublishStem, Ear())
    with pytest.raises(ValueError, match="already"):
        subscriptions.on(PublishStem, Ear())
