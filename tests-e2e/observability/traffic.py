"""A minute of what listeners, vendors and operators do, so that every metric has something to say.

``PYTHONPATH=tests-e2e .venv/bin/python -m observability.traffic`` starts a stack, drives it and
says how long each part took and what has no sample; one JSON object comes last.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_client.keeping import Keeping
from ab_client.lines import new_line
from ab_client.listening import Listening
from ab_client.writing import Writing
from ab_shared.contracts.http import DraftSession
from ab_shared.contracts.http_listening import RecordedBatchIn, RecordedIn
from ab_shared.contracts.http_mixdowns import MixdownIn
from failures.troupe import eventually
from observability.observed import SCRAPE_SECONDS, Observed, running
from observability.stems import leave_out_stems
from simulators.revenuecat_control import Control

CREATIVITY = UUID("7d75588e-6a0a-7954-c642-8765e6658799")
READY_SECONDS, HEARD_SECONDS = 90.0, 20.0


def draft(*lines: str, **more: Any) -> DraftSession:
    """A session of these lines."""
    return DraftSession.model_validate(
        {"title": "Evening", "affirmations": list(lines), "voice_id": "nova", **more}
    )


@dataclass
class Scene:
    """The stack, and a listener who has signed up."""

    observed: Observed
    http: httpx.AsyncClient
    listener: ApiClient
    control: Control
    made: list[UUID] = field(default_factory=list)

    @property
    def described(self) -> dict[str, Any]:
        """What the stack file says."""
        return self.observed.stack.description


async def tracks(scene: Scene) -> None:
    """Fresh, the same again, with one line changed, played; a device is told."""
    listener = scene.listener
    await Keeping(listener).register(f"ExponentPushToken[{secrets.token_hex(11)}]", "ios")
    lines = [new_line(), new_line()]
    created = await listener.create_session(draft(*lines))
    await leave_out_stems(scene.described, created.audio_job_id)
    await wait_for(listener, created.audio_job_id)
    for more in (lines, [lines[0], new_line()]):
        again = await listener.create_session(draft(*more))
        await wait_for(listener, again.audio_job_id)
    scene.made.append(created.id)
    await listener.bundle(created.id)
    await listener.bundle(created.id)
    await listener.job(created.audio_job_id)
    await asyncio.gather(
        listener.captions(created.id), listener.waveform(created.id), listener.sessions()
    )


async def failing_tracks(scene: Scene) -> None:
    """A vendor that is busy, hangs and refuses; a job that its owner calls off."""
    faults = scene.observed.vendors.elevenlabs.vendor.faults
    listener = scene.listener
    faults.add(kind="busy", code="system_busy", retry_after="0", times=2)
    faults.add(kind="status", status=500)
    busy = await listener.create_session(draft(new_line()))
    await wait_for(listener, busy.audio_job_id)
    faults.add(kind="status", status=400, code="max_character_limit_exceeded", times=2)
    refused = await listener.create_session(draft(new_line()))
    with suppress(Exception):
        await wait_for(listener, refused.audio_job_id)
    scene.observed.vendors.elevenlabs.vendor.lag = 2.0
    dropped = await listener.create_session(draft(new_line()))
    await listener.cancel_job(dropped.audio_job_id)
    scene.observed.vendors.elevenlabs.vendor.lag = 0.0


async def purchases(scene: Scene) -> None:
    """Somebody buys, and makes an offline file."""
    me = (await scene.listener.me()).id
    await scene.control.act("purchase", me)
    await eventually(lambda: _is_pro(scene.listener), HEARD_SECONDS, pause=0.1)
    pending = await scene.listener.mixdown(scene.made[0], MixdownIn(minutes=5))
    if pending.job_id is not None:
        with suppress(TimeoutError):
            await wait_for(scene.listener, pending.job_id)


async def _is_pro(listener: ApiClient) -> bool | None:
    return (await listener.entitlement()).plan == "pro" or None


async def listening(scene: Scene) -> None:
    """What was heard, now and offline; the shelf it makes; affirmations written."""
    heard, now = Listening(scene.listener), datetime.now(UTC)
    events = [
        RecordedIn(
            client_event_id=str(uuid4()),
            session_id=str(CREATIVITY),
            event_type=kind,
            occurred_at=(now - timedelta(minutes=ago)).isoformat(),
            metadata={"offline": True},
        )
        for kind, ago in (("start", 40), ("complete", 20))
    ]
    await heard.tell_later(RecordedBatchIn(events=events))
    await heard.tell(CREATIVITY, "start")
    await heard.for_you()
    writing = Writing(scene.listener)
    await writing.write(goal="sleep calmly", count=4)
    with suppress(ApiRefusal):
        await scene.listener.create_session(draft("I am selling drugs."))
    with suppress(ApiRefusal):
        await scene.listener.create_session(draft("I want to die."))


async def troubles(scene: Scene) -> None:
    """A 404, a 401, a 503, a dead letter that is sent back, a worker that dies at work."""
    url = scene.observed.stack.gateway_url
    headers = {"Authorization": str(scene.listener.authorization)}
    await scene.http.get(f"{url}/v1/sessions/{uuid4()}", headers=headers)
    await scene.http.get(f"{url}/v1/me")
    await scene.http.get(f"{url}/nowhere/{uuid4()}")
    broker = scene.described["infrastructure"]["rabbitmq"]
    login = (broker["user"], broker["password"])
    letter = {
        "properties": {},
        "routing_key": "session.events",
        "payload": "no message of ours",
        "payload_encoding": "string",
    }
    exchange = f"{broker['management_url']}/api/exchanges/{broker['vhost']}/amq.default/publish"
    (await scene.http.post(exchange, json=letter, auth=login)).raise_for_status()
    stack = scene.observed.stack
    stack.pause("entitlement")
    try:
        body = draft(new_line()).model_dump(mode="json")
        await scene.http.post(f"{url}/v1/sessions", headers=headers, json=body)
    finally:
        stack.resume("entitlement")


PARTS: tuple[Callable[[Scene], Awaitable[None]], ...] = (
    tracks,
    failing_tracks,
    listening,
    purchases,
    troubles,
)


def drive(observed: Observed) -> None:
    """All of it, once; afterwards Prometheus has seen what came of it."""
    asyncio.run(_drive(observed))
    # Twice: what moved last is in both, so that rates of it exist.
    time.sleep(2 * SCRAPE_SECONDS)


async def _drive(observed: Observed) -> None:
    simulators = observed.stack.description["simulators"]
    async with AsyncExitStack() as opened:
        http = await opened.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False))
        listener = await opened.enter_async_context(ApiClient(observed.stack.gateway_url))
        control = await opened.enter_async_context(Control(simulators["revenuecat"]))
        await listener.register(f"user-{secrets.token_hex(8)}@example.com", secrets.token_hex(12))
        scene = Scene(observed, http, listener, control)
        for part in PARTS:
            began = time.monotonic()
            async with asyncio.timeout(READY_SECONDS):
                await part(scene)
            observed.seconds[part.__name__] = round(time.monotonic() - began, 1)


def main() -> int:
    """The traffic by hand."""
    began = time.monotonic()
    with running() as observed:
        observed.seconds["start"] = round(time.monotonic() - began, 1)
        drive(observed)
        told = {"seconds": observed.seconds, "names": len(observed.names())}
        told["total_seconds"] = round(time.monotonic() - began, 1)
        sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
