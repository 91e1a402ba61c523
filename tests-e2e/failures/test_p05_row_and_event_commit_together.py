"""P5: a service that dies at any step of the saga loses nothing and does nothing twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from itertools import zip_longest
from typing import Any

import pytest
from ab_shared.contracts import rpc
from failures.listener import listening, new_line
from failures.troupe import WORKERS, Troupe, eventually

pytestmark = [pytest.mark.real, pytest.mark.timeout(90)]

COMMIT, PUBLISH, CONFIRM = "before-commit", "before-publish", "after-publish"
ACK, REPLY = "before-ack", "before-reply"
STEPS = {
    "session": {
        REPLY: ("session.create.v1",),
        COMMIT: ("tts.synthesize.v1", "session.generation_settled.v1"),
        PUBLISH: (
            "tts.synthesize.v1",
            "stitching.prepare.v1",
            "stitching.render.v1",
            "session.generation_settled.v1",
        ),
        CONFIRM: (
            "tts.synthesize.v1",
            "stitching.prepare.v1",
            "stitching.render.v1",
            "session.generation_settled.v1",
        ),
        ACK: ("tts.read_ready.v1", "stitching.read_prepared.v1", "stitching.track_rendered.v1"),
    },
    "tts": {
        COMMIT: ("tts.read_ready.v1",),
        PUBLISH: ("tts.read_ready.v1",),
        CONFIRM: ("tts.read_ready.v1",),
        ACK: ("tts.synthesize.v1",),
    },
    "stitching": {
        COMMIT: ("stitching.track_rendered.v1",),
        PUBLISH: ("stitching.read_prepared.v1", "stitching.track_rendered.v1"),
        CONFIRM: ("stitching.read_prepared.v1", "stitching.track_rendered.v1"),
        ACK: ("stitching.prepare.v1", "stitching.render.v1"),
    },
    "entitlement": {
        REPLY: ("entitlement.reserve.v1",),
        PUBLISH: ("entitlement.changed.v1",),
        CONFIRM: ("entitlement.changed.v1",),
        ACK: ("session.generation_settled.v1",),
    },
}
Death = tuple[str, str, str]
DEATHS: list[list[Death]] = [
    [(service, point, key) for point, keys in points.items() for key in keys]
    for service, points in STEPS.items()
]
# A job survives one death of each service as well as one of one: a quarter of the restarts.
ROUNDS = [[death for death in deaths if death] for deaths in zip_longest(*DEATHS)]


@pytest.mark.parametrize("deaths", ROUNDS, ids=[" ".join("-".join(d) for d in r) for r in ROUNDS])
async def test_deaths_at_these_steps_lose_nothing(troupe: Troupe, deaths: list[Death]) -> None:
    troupe.only(*WORKERS)
    async with listening(troupe) as listener:
        left = await listener.left()
        dying = [_dies(troupe, *death) for death in deaths]
        created, *_ = await asyncio.gather(listener.create([new_line()]), *dying)
        job = await listener.ended(created.job.id)
        await troupe.quiet()
        assert (job.status, job.error) == ("completed", None)
        assert {n: job.counts[n] for n in ("reads", "spoken", "prepared", "tracks")} == {
            "reads": 2,
            "spoken": 2,
            "prepared": 2,
            "tracks": 1,
        }
        assert left - await listener.left() == 1
        await _everything_is_there_once(troupe, listener.user_id, created)


def _dies(troupe: Troupe, service: str, point: str, key: str) -> Coroutine[Any, Any, None]:
    """Tells a service to die there; what is returned waits for that and starts it again."""
    actor = troupe.actor(service)
    actor.die_at(point, key)

    async def dying() -> None:
        assert await eventually(actor.gone) == -signal.SIGKILL, "nobody died: nothing is proved"
        actor.start()

    return dying()


async def _everything_is_there_once(
    troupe: Troupe, user_id: str, created: rpc.CreatedSession
) -> None:
    sessions = await troupe.rows(
        "session", "SELECT id FROM sessions WHERE owner_user_id = $1", user_id
    )
    jobs = await troupe.rows(
        "session", "SELECT id, track_address FROM jobs WHERE owner_user_id = $1", user_id
    )
    assert [row["id"] for row in sessions] == [created.session.id]
    assert [row["id"] for row in jobs] == [created.job.id]
    objects = await troupe.objects()
    assert any(jobs[0]["track_address"] in key for key in objects)
    assert await troupe.unsent() == 0
    assert await troupe.dead() == 0
