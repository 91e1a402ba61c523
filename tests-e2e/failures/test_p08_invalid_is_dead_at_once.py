"""P8: what does not fit its contract, or no contract at all, is a dead letter at once."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from ab_shared.contracts.commands import PublishStem
from ab_shared.messaging import headers as header
from ab_shared.messaging.codec import encode
from failures.broker import WAIT_SECONDS, World, enveloped, world_on
from failures.private_stack import PrivateStack
from performance.stack import say

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

GOOD: dict[str, Any] = json.loads(encode(enveloped(PublishStem(stem_id="delta_2hz_120"))))
BODIES = {
    "no JSON": b"\xff\xfe{",
    "no envelope": b"[1, 2]",
    "unknown version": json.dumps(GOOD | {"version": 99}).encode(),
    "unknown type": json.dumps(GOOD | {"type": "stitching.dance"}).encode(),
    "no field": json.dumps(GOOD | {"data": {}}).encode(),
    "a field of another kind": json.dumps(GOOD | {"data": {"stem_id": ["x"]}}).encode(),
}
# The first rung alone would take 0.8 s; a loaded machine may take its time for the rest.
AT_ONCE_SECONDS = 5.0


async def broken(world: World, queue: str, service: str) -> dict[str, float]:
    """Seconds until each body is a dead letter, as a first attempt."""
    taken: dict[str, float] = {}
    for title, body in BODIES.items():
        began = time.monotonic()
        await world.put(queue, body)
        (letter,) = await world.dead_letters(service)
        taken[title] = time.monotonic() - began
        assert letter.body == body, title
        assert letter.headers[header.REASON] == "invalid", title
        assert letter.headers[header.ATTEMPT] == 1, title
        assert letter.routing_key == queue
    return taken


async def test_p08_nothing_invalid_is_handled_or_tried_again(private_stack: PrivateStack) -> None:
    handled: asyncio.Queue[str] = asyncio.Queue()

    async def handle(message: PublishStem) -> None:
        handled.put_nowait(message.stem_id)

    async with world_on(private_stack) as world:
        await world.hear("stitching", {PublishStem: handle})
        taken = await broken(world, "stitching.publish_stem", "stitching")
        await (await world.bus("session")).publish(enveloped(PublishStem(stem_id="after")))
        async with asyncio.timeout(WAIT_SECONDS):
            assert await handled.get() == "after"
    assert max(taken.values()) < AT_ONCE_SECONDS
    say(f"P8 dead after {max(taken.values()):.3f} s at most, {len(taken)} kinds")
