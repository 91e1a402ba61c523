"""What goes wrong on a bad day: vendors, doors, messages, processes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal, JobFailed
from ab_client.jobs import wait_for
from ab_shared.contracts.usage import CorrectQuota
from ab_shared.messaging.rabbit import RabbitBus
from failures.listener import new_line
from failures.troupe import eventually
from observability.scene import Scene, draft, operate, sign_up

HEARD_SECONDS, READY_SECONDS = 20.0, 90.0
DEAD = "session.dead"
CLOSED_TIMES = 50
BROKEN_CREATES = (
    'http_server_request_duration_seconds_count{http_request_method="POST"'
    ',http_route="/sessions",http_response_status_code=~"5.."}'
)


async def vendors(scene: Scene) -> None:
    """One is busy, fails, refuses and is left alone; both are closed: the embedded voices speak."""
    elevenlabs, openai = scene.observed.vendors.elevenlabs, scene.observed.vendors.openai
    faults, listener = elevenlabs.vendor.faults, scene.listener
    faults.add("busy", "speech", code="system_busy", retry_after="0", times=2)
    faults.add("status", "speech", status=500)
    await wait_for(listener, (await listener.create_session(draft(new_line()))).audio_job_id)
    faults.add("status", "speech", status=400, code="max_character_limit_exceeded", times=2)
    await _fails(listener)
    openai.vendor.faults.add("status", "moderation", status=503, times=1)
    # A line is two reads: for the first the other vendor is closed as well.
    faults.add("status", "speech", status=401, code="invalid_api_key", times=CLOSED_TIMES)
    openai.vendor.faults.add("status", "speech", status=401, times=2)
    await wait_for(listener, (await listener.create_session(draft(new_line()))).audio_job_id)
    openai.vendor.faults.waiting.clear()
    for _ in range(3):
        await wait_for(listener, (await listener.create_session(draft(new_line()))).audio_job_id)
    faults.waiting.clear()
    # It rests for some seconds; whoever asks then, tries it.
    asked = len(elevenlabs.vendor.calls)
    while len(elevenlabs.vendor.calls) == asked:
        await wait_for(listener, (await listener.create_session(draft(new_line()))).audio_job_id)


async def doors(scene: Scene) -> None:
    """Nobody's session, no token, no such route, no rights, no seal, no generation, no answer."""
    http, url = scene.http, scene.url
    await http.get(f"{url}/v1/sessions/{uuid4()}", headers=scene.headers)
    await http.get(f"{url}/v1/me")
    await http.get(f"{url}/nowhere/{uuid4()}")
    await http.get(f"{url}/v1/admin/dashboard/stats", headers=scene.headers)
    await http.post(f"{url}/v1/webhooks/clerk", json={})
    async with ApiClient(url) as poor:
        await sign_up(poor)
        await _spend(scene, poor)
        with suppress(ApiRefusal):
            await poor.create_session(draft(new_line()))
    # Nobody answers for what people may do: creates end as a 503 or 504. The second is the first
    # that Prometheus sees grow.
    scene.observed.stack.pause("entitlement")
    try:
        body = draft(new_line()).model_dump(mode="json")
        await http.post(f"{url}/v1/sessions", headers=scene.headers, json=body)
        await asyncio.to_thread(scene.observed.wait_for, BROKEN_CREATES)
        await http.post(f"{url}/v1/sessions", headers=scene.headers, json=body)
    finally:
        scene.observed.stack.resume("entitlement")


async def letters(scene: Scene) -> None:
    """A message that nobody can read is put aside, sent back, and put aside again."""
    broker = scene.described["infrastructure"]["rabbitmq"]
    login = (broker["user"], broker["password"])
    letter = {
        "properties": {},
        "routing_key": "session.events",
        "payload": "no message of ours",
        "payload_encoding": "string",
    }
    place = f"{broker['management_url']}/api/exchanges/{broker['vhost']}/amq.default/publish"
    (await scene.http.post(place, json=letter, auth=login)).raise_for_status()
    queue = f"{broker['management_url']}/api/queues/{broker['vhost']}/{DEAD}"

    async def lies_there() -> bool:
        found: dict[str, Any] = (await scene.http.get(queue, auth=login)).json()
        return bool(found.get("messages"))

    await eventually(lies_there, HEARD_SECONDS, pause=0.5)
    words = ("dlq", "replay", "all", "--service", "session", "--yes", "--why", "traffic of a test")
    await operate(scene, *words)


async def killed_worker(scene: Scene) -> None:
    """The voice dies over a line; the broker hands the line to the next one."""
    vendor, stack = scene.observed.vendors.elevenlabs.vendor, scene.observed.stack
    vendor.lag = 3.0
    asked = len(vendor.calls)
    created = await scene.listener.create_session(draft(new_line()))

    async def spoken_to() -> bool:
        return len(vendor.calls) > asked

    with suppress(TimeoutError):
        await eventually(spoken_to, HEARD_SECONDS)
    stack.kill("tts")
    vendor.lag = 0.0
    await asyncio.to_thread(stack.wait_ready, "tts", READY_SECONDS)
    await wait_for(scene.listener, created.audio_job_id)
    dropped = await scene.listener.create_session(draft(new_line()))
    with suppress(ApiRefusal):
        await scene.listener.cancel_job(dropped.audio_job_id)


async def _fails(listener: ApiClient) -> None:
    created = await listener.create_session(draft(new_line()))
    with suppress(JobFailed):
        await wait_for(listener, created.audio_job_id)


async def _spend(scene: Scene, poor: ApiClient) -> None:
    left = (await poor.entitlement()).remaining_free_generations_today
    url = scene.described["infrastructure"]["rabbitmq"]["urls"]["ab-operator"]
    bus = RabbitBus(url, "operator")
    await bus.start()
    try:
        me = (await poor.me()).id
        await bus.call(
            CorrectQuota(
                request_id=uuid4(), user_id=me, amount=left, reason="spent by a test", actor="test"
            )
        )
    finally:
        await bus.close()
