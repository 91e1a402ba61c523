"""A device is told once that a track is ready, through a made-up Expo."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_client.keeping import Keeping
from ab_shared.contracts.http import CreatedSessionV3, DraftSession
from failures.listener import new_line

pytestmark = pytest.mark.journey
PATIENT_SECONDS = 20.0


@pytest.fixture
async def expo(stack: dict[str, Any]) -> AsyncIterator[httpx.AsyncClient]:
    """The control port of the made-up push service."""
    address = stack["simulators"].get("expo")
    if not address:
        pytest.skip("this stack plays no push service: take it down and up again")
    async with httpx.AsyncClient(base_url=address, trust_env=False) as control:
        yield control


def new_device() -> str:
    return f"ExponentPushToken[{secrets.token_hex(11)}]"


async def told(expo: httpx.AsyncClient, device: str) -> list[dict[str, Any]]:
    everything = (await expo.get("/_control/delivered")).json()
    return [message for message in everything if message["to"] == device]


async def told_after(expo: httpx.AsyncClient, device: str, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            messages = await told(expo, device)
            if len(messages) >= count:
                return messages
            await asyncio.sleep(0.1)


async def made(user: ApiClient, *lines: str) -> CreatedSessionV3:
    draft = DraftSession(title="Private words", affirmations=list(lines), voice_id="nova")
    created = await user.create_session(draft)
    await wait_for(user, created.audio_job_id)
    return created


async def test_a_track_that_took_time_is_told_of_once(
    user: ApiClient, expo: httpx.AsyncClient
) -> None:
    keeping, device, line = Keeping(user), new_device(), new_line()
    registered = await keeping.register(device, "ios")
    assert device not in registered.token
    session = await made(user, line)
    (message,) = await told_after(expo, device, 1)
    ids = {"sessionId": str(session.id), "jobId": str(session.audio_job_id)}
    assert message["data"] == {"type": "track_ready", **ids}
    # Whoever sees a locked screen sees nothing of what was written.
    shown = json.dumps(message)
    assert line not in shown
    assert "Private" not in shown
    # The same lines again are there at once: nobody needs to be told.
    await made(user, line)
    await made(user, new_line())
    messages = await told_after(expo, device, 2)
    assert len(messages) == len({one["data"]["jobId"] for one in messages}) == 2


async def test_a_device_that_is_gone_is_forgotten(user: ApiClient, expo: httpx.AsyncClient) -> None:
    keeping, device = Keeping(user), new_device()
    await keeping.register(device, "android")
    await expo.post("/_control/set", json={"gone": [device]})
    await made(user, new_line())
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            if not await keeping.devices():
                break
            await asyncio.sleep(0.1)
    assert await told(expo, device) == []


async def test_who_signs_in_on_a_device_takes_it_over(
    new_user: Any, expo: httpx.AsyncClient
) -> None:
    first, second = await new_user(), await new_user()
    device = new_device()
    registered = await Keeping(first).register(device, "ios")
    taken = await Keeping(second).register(device, "ios")
    assert await Keeping(first).devices() == []
    for token_id in (registered.id, taken.id):
        with pytest.raises(ApiRefusal) as refusal:
            await Keeping(first).drop(token_id)
        assert refusal.value.status == 404
    await made(first, new_line())
    session = await made(second, new_line())
    (message,) = await told_after(expo, device, 1)
    assert message["data"]["sessionId"] == str(session.id)
    await Keeping(second).drop(taken.id)
    assert await Keeping(second).devices() == []
