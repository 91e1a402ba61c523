"""Captions, the waveform and offline files of a session, as the app gets them."""

from __future__ import annotations

import asyncio
import hashlib
from io import BytesIO
from typing import Any

import av
import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import follow, wait_for
from ab_client.lines import new_line
from ab_shared.contracts.http import CreatedSessionV3, DraftSession
from ab_shared.contracts.http_mixdowns import MixdownIn
from simulators.revenuecat_control import Control

pytestmark = pytest.mark.journey
PATIENT_SECONDS = 20.0


@pytest.fixture
async def listener(user: ApiClient, stack: dict[str, Any]) -> ApiClient:
    """Somebody who has bought the pro plan."""
    async with Control(stack["simulators"]["revenuecat"]) as vendor:
        await vendor.act("purchase", (await user.me()).id)
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            if (await user.entitlement()).plan == "pro":
                return user
            await asyncio.sleep(0.05)


async def made(user: ApiClient) -> CreatedSessionV3:
    draft = DraftSession(title="Evening & rest", affirmations=[new_line()], voice_id="nova")
    created = await user.create_session(draft)
    await wait_for(user, created.audio_job_id)
    return created


async def fetched(url: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=30) as player:
        return await player.get(url, headers=headers)


async def test_captions_and_waveform_tell_of_the_track(user: ApiClient) -> None:
    session = await made(user)
    report = await user.audio_report(session.id)
    captions, waveform = await user.captions(session.id), await user.waveform(session.id)
    assert captions.affirmations_hash == waveform.affirmations_hash == report.affirmations_hash
    assert [(cue.line, cue.read, cue.text) for cue in captions.cues] == [
        (1, 1, session.affirmations[0]),
        (1, 2, session.affirmations[0]),
    ]
    spoken = report.voice_activity.segments
    assert captions.cues[0].start_ms <= spoken[0].start_ms < captions.cues[0].end_ms
    assert captions.cues[1].start_ms <= spoken[-1].end_ms <= captions.cues[1].end_ms + 1
    assert len(waveform.peaks) == 400
    loudest = waveform.peaks.index(max(waveform.peaks)) * report.duration_ms / 400
    assert any(cue.start_ms - 50 <= loudest <= cue.end_ms for cue in captions.cues)
    assert report.voice_to_bed_lu is not None
    assert 10 < report.voice_to_bed_lu < 40


async def test_an_offline_file_is_made_once_and_can_be_kept(listener: ApiClient) -> None:
    session = await made(listener)
    before = (await listener.entitlement()).remaining_free_generations_today
    wanted = MixdownIn(minutes=5, fade_out=True)
    pending = await listener.mixdown(session.id, wanted)
    assert pending.job_id is not None
    assert (await listener.mixdown(session.id, wanted)).job_id in {pending.job_id, None}
    seen = [job async for job in follow(listener, pending.job_id)]
    assert (seen[-1].status, seen[-1].type) == ("completed", "mixdown")
    assert (await listener.mixdown(session.id, wanted)).status == "ready"
    assert (await listener.entitlement()).remaining_free_generations_today == before
    manifest = await listener.download(session.id)
    roles = {item.role: item for item in manifest.items}
    assert {"affirmations", "background", "binaural", "mixdown"} <= set(roles)
    item = roles["mixdown"]
    whole = await fetched(item.url)
    assert (len(whole.content), hashlib.sha256(whole.content).hexdigest()) == (
        item.bytes,
        item.sha256,
    )
    rest = await fetched(item.url, Range=f"bytes={item.bytes // 2}-")
    assert rest.status_code == 206
    assert rest.content == whole.content[item.bytes // 2 :]
    with av.open(BytesIO(whole.content)) as file:
        assert file.metadata["title"] == "Evening & rest"
        assert abs(float(file.duration or 0) / av.time_base - 300) < 0.1


async def test_an_offline_file_can_be_called_off(listener: ApiClient) -> None:
    session = await made(listener)
    pending = await listener.mixdown(session.id, MixdownIn(minutes=180))
    assert pending.job_id is not None
    cancelled = await listener.cancel_job(pending.job_id)
    assert (cancelled.status, cancelled.error) == ("failed", "Cancelled")
    with pytest.raises(ApiRefusal) as refusal:
        await listener.cancel_job(pending.job_id)
    assert refusal.value.status == 409
    roles = [item.role for item in (await listener.download(session.id)).items]
    assert "mixdown" not in roles


async def test_offline_files_are_for_the_pro_plan(user: ApiClient) -> None:
    session = await made(user)
    for call in (user.mixdown(session.id, MixdownIn(minutes=5)), user.download(session.id)):
        with pytest.raises(ApiRefusal) as refusal:
            await call
        assert (refusal.value.status, refusal.value.error.code) == (403, "ENTITLEMENT_REQUIRED")
