"""P2: a command that nobody has a queue for raises at once, and says so."""

from __future__ import annotations

import time

import aio_pika
import pytest
from ab_shared.contracts.commands import PublishStem
from ab_shared.errors import Unroutable
from failures.broker import enveloped, world_on
from failures.private_stack import PrivateStack
from performance.stack import say

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

# The promise is 100 ms, which is what is printed; a busy machine must not make it a lie.
BOUND_SECONDS = 1.0
ATTEMPTS = 20


async def test_p02_unroutable_raises_at_once(private_stack: PrivateStack) -> None:
    stem = PublishStem(stem_id="delta_2hz_120")
    async with world_on(private_stack) as world:
        bus = await world.bus("session")
        await bus.publish(enveloped(stem))
        async with await aio_pika.connect(world.url) as connection:
            await (await connection.channel()).queue_delete("stitching.publish_stem")
        taken = []
        for _ in range(ATTEMPTS):
            began = time.perf_counter()
            with pytest.raises(Unroutable):
                await bus.publish(enveloped(stem))
            taken.append(time.perf_counter() - began)
        assert max(taken) < BOUND_SECONDS
        # One channel carries everything: a returned message must not spoil it for the others.
        await bus.check()
    median, longest = sorted(taken)[ATTEMPTS // 2], max(taken)
    say(f"P2 raised after {median * 1000:.1f} ms (median), {longest * 1000:.1f} ms at most")
