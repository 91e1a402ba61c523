"""P9: who is told to end finishes what it has begun; a rolling restart loses nothing."""

from __future__ import annotations

import asyncio
import itertools
import signal
import time
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import pytest
from failures.actor import Actor
from failures.listener import listening, new_line
from failures.troupe import WORKERS, Troupe, eventually

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

GRACE_SECONDS = 30.0
TRIES = 12
ROLLED = ("entitlement", "stitching", "tts", "session", "gateway")
LISTENERS = 3
UNFINISHED = "SELECT count(*) AS n FROM reads WHERE speech_key IS NULL"
FINISHED = "SELECT count(*) AS n FROM reads WHERE speech_key IS NOT NULL"


async def count(troupe: Troupe, query: str) -> int:
    return int((await troupe.rows("tts", query))[0]["n"])


async def test_who_is_told_to_end_finishes_its_lines_and_leaves_the_rest(troupe: Troupe) -> None:
    troupe.only(*WORKERS)
    tts = troupe.actor("tts")
    async with listening(troupe) as listener:
        before = await count(troupe, FINISHED)
        long = [" and ".join(new_line() for _ in range(4)) for _ in range(8)]
        created = await listener.create(long)

        async def speaking() -> bool:
            return await count(troupe, UNFINISHED) > 0

        await eventually(speaking, pause=0.005)
        began = time.monotonic()
        tts.signal(signal.SIGTERM)
        assert await asyncio.to_thread(tts.wait_ended, GRACE_SECONDS) == 0
        assert time.monotonic() - began < GRACE_SECONDS
        spoken = await count(troupe, FINISHED) - before
        # What it had begun is spoken and announced, nobody holds a claim, the rest waits.
        assert await count(troupe, UNFINISHED) == 0
        assert 0 < spoken < 2 * len(long)
        assert (await troupe.depths())["tts.synthesize"] >= 2 * len(long) - spoken
        assert (await troupe.rows("tts", "SELECT count(*) AS n FROM outbox"))[0]["n"] == 0
        troupe.ensure("tts")
        job = await listener.ended(created.job.id)
        assert job.status == "completed"
        assert await count(troupe, FINISHED) - before == 2 * len(long)
        assert job.counts["spoken"] == 2 * len(long)
        await troupe.quiet()
        assert await troupe.dead() == 0


@dataclass(slots=True)
class Crowd:
    """Listeners who go on creating and polling; an app tries again what may work later."""

    troupe: Troupe
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    finished: int = 0
    retried: int = 0

    async def listen(self, number: int) -> None:
        """Creates one session after another and waits for each."""
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(trust_env=False, timeout=20, limits=limits) as http:
            for round_ in itertools.count():
                if self.stop.is_set():
                    return
                draft = {
                    "title": f"{number}.{round_}",
                    "affirmations": [new_line()],
                    "voiceId": "nova",
                    "localDraftId": str(uuid4()),
                }
                created = await self._ask(http, "POST", "/v1/sessions", draft)
                await eventually(lambda made=created: self._completed(http, made), 90, pause=0.2)
                self.finished += 1

    async def _completed(self, http: httpx.AsyncClient, created: dict[str, object]) -> bool:
        found = await self._ask(http, "GET", f"/v1/jobs/{created['_audioJobId']}")
        job = found["job"]
        assert isinstance(job, dict)
        assert job["status"] != "failed", job
        return bool(job["status"] == "completed")

    async def _ask(
        self, http: httpx.AsyncClient, method: str, path: str, body: object = None
    ) -> dict[str, object]:
        last: object = None
        for attempt in range(TRIES):
            gateways = [
                actor
                for actor in self.troupe.actors.values()
                if actor.service == "gateway" and actor.running
            ]
            url = gateways[attempt % len(gateways)].public_url + path
            try:
                answer = await http.request(method, url, json=body)
            except httpx.TransportError as error:
                last = error
            else:
                if answer.status_code < 400:
                    found: dict[str, object] = answer.json()
                    return found
                # What a retry would not cure: anything but "later".
                assert answer.status_code == 503, answer.text
                assert "Retry-After" in answer.headers
                last = answer.text
            self.retried += 1
            await asyncio.sleep(0.25)
        raise AssertionError(f"{method} {path}: {last}")


async def test_a_rolling_restart_of_everything_loses_nothing(troupe: Troupe) -> None:
    first = {name: troupe.actor(name) for name in ROLLED}
    troupe.only(*first)
    async with listening(troupe):
        crowd = Crowd(troupe)
        listeners = [asyncio.create_task(crowd.listen(n)) for n in range(LISTENERS)]
        try:
            for name, actor in first.items():
                await _roll(troupe, actor, f"{name}-next")
                assert not any(task.done() for task in listeners), "somebody gave up"
        finally:
            crowd.stop.set()
            await asyncio.gather(*listeners)
        await troupe.quiet()
        assert crowd.finished >= LISTENERS
        assert await troupe.dead() == 0
        live = "SELECT count(*) AS n FROM jobs WHERE finished_at IS NULL"
        assert (await troupe.rows("session", live))[0]["n"] == 0


async def _roll(troupe: Troupe, old: Actor, successor: str) -> None:
    """As an orchestrator does: the next one is ready before the last one is told to end."""
    await asyncio.to_thread(troupe.ensure, successor)
    old.signal(signal.SIGTERM)
    assert await asyncio.to_thread(old.wait_ended, GRACE_SECONDS) == 0
