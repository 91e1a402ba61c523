"""P7: a failing message climbs the ladder, then rests with what is known of it; others pass."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import defaultdict

import pytest
from ab_shared.contracts.commands import PublishStem
from ab_shared.messaging import headers as header
from ab_shared.messaging.codec import decode
from ab_shared.messaging.moving import SHORTEST_WAIT
from ab_shared.messaging.topology import RUNGS, Rung
from ab_shared.runtime.context import current
from failures.broker import enveloped, until, world_on
from failures.private_stack import PrivateStack
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from performance.stack import say

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

# The ladder of production with shorter delays: the same code, the same queues, a few seconds.
SCALE = (0.25, 0.5, 1.0, 2.0, 4.0)
QUICK = tuple(Rung(rung.name, s) for rung, s in zip(RUNGS, SCALE, strict=True))
BAD = tuple(f"bad-{number}" for number in range(8))
# What a loaded machine and the broker's own timers may add to a delay.
SLACK_SECONDS = 1.5


def grows(seconds: tuple[float, ...]) -> bool:
    return all(later >= 2 * sooner for sooner, later in itertools.pairwise(seconds))


async def test_p07_the_ladder_ends_among_the_dead_letters(private_stack: PrivateStack) -> None:
    tracer = TracerProvider().get_tracer("test")
    tried: dict[str, list[tuple[int, float]]] = defaultdict(list)
    passed: dict[str, float] = {}
    good = [f"good-{number}" for number in range(200)]

    async def handle(message: PublishStem) -> None:
        if message.stem_id in BAD:
            tried[message.stem_id].append((current().attempt, time.monotonic()))
            raise RuntimeError("private words")
        passed[message.stem_id] = time.monotonic()

    async with world_on(private_stack, QUICK) as world:
        await world.hear("stitching", {PublishStem: handle})
        bus = await world.bus("session")
        traces: dict[str, str] = {}
        for name in BAD:
            with tracer.start_as_current_span("request") as span:
                await bus.publish(enveloped(PublishStem(stem_id=name), message_id=name))
            traces[name] = trace.format_trace_id(span.get_span_context().trace_id)
        began = time.monotonic()
        await asyncio.gather(*(bus.publish(enveloped(PublishStem(stem_id=n))) for n in good))
        await until(lambda: len(passed) == len(good))
        dead = await world.dead_letters("stitching", len(BAD))
    assert max(passed.values()) - began < sum(SCALE), "the failing ones held up the others"
    waits = {
        name: [later - sooner for (_, sooner), (_, later) in itertools.pairwise(runs)]
        for name, runs in tried.items()
    }
    for name in BAD:
        assert [attempt for attempt, _ in tried[name]] == [1, 2, 3, 4, 5, 6]
        for waited, rung in zip(waits[name], QUICK, strict=True):
            assert rung.seconds * SHORTEST_WAIT <= waited <= rung.seconds + SLACK_SECONDS
    spread = {round(runs[1], 3) for runs in waits.values()}
    assert len(spread) > 1, "everything that failed together came back together"
    for letter in dead:
        name = decode(letter.body).id
        assert letter.headers[header.REASON] == "exhausted"
        assert letter.headers[header.ERROR] == "RuntimeError"
        assert letter.headers[header.ATTEMPT] == len(RUNGS) + 1
        assert letter.headers[header.TRACE] == traces[name]
        assert len(str(letter.headers[header.STACK])) == 16
        assert "private words" not in str(letter.headers)
    assert len({letter.headers[header.STACK] for letter in dead}) == 1
    say(f"P7 delays {[round(waited, 2) for waited in waits[BAD[0]]]} s, {len(dead)} dead letters")


def test_p07_the_ladder_of_production_grows() -> None:
    assert grows(tuple(rung.seconds for rung in RUNGS))
    assert grows(SCALE)
