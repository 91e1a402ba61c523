"""A listener's own lines become a track, again, and with one line changed."""

from __future__ import annotations

import asyncio
import hashlib
import re
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import httpx
import imageio_ffmpeg
import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import follow, wait_for
from ab_client.lines import new_line
from ab_client.tracks import make_track
from ab_shared.contracts.http import DraftSession, JobOut

NewUser = Callable[[], Awaitable[ApiClient]]
pytestmark = pytest.mark.journey


def draft(lines: list[str], **more: object) -> DraftSession:
    return DraftSession.model_validate(
        {"title": "Evening", "affirmations": lines, "voice_id": "nova", **more}
    )


def watched(_job: JobOut) -> None:
    """Nobody looks."""


def measured_loudness(track: Path) -> float:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostats", "-i", str(track)]
    command += ["-filter_complex", "ebur128", "-f", "null", "-"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", output)[-1])


async def test_new_lines_again_and_with_one_changed(user: ApiClient, tmp_path: Path) -> None:
    lines = [new_line() + f", {word}" for word in ("calmly", "warmly", "gladly")]
    first = await make_track(user, draft(lines), tmp_path / "first", watched)
    again = await make_track(user, draft(lines), tmp_path / "again", watched)
    edited = await make_track(
        user, draft([*lines[:2], new_line() + ", softly"]), tmp_path / "edited", watched
    )
    assert (first.reads_rendered, first.reads_reused) == (6, 0)
    assert (again.reads_rendered, again.reads_reused) == (0, 6)
    assert (edited.reads_rendered, edited.reads_reused) == (2, 4)
    assert again.sha256 == first.sha256 != edited.sha256
    assert abs(measured_loudness(tmp_path / "first" / "track.m4a") + 20) <= 0.3


async def test_progress_only_grows_and_names_its_stages(user: ApiClient) -> None:
    created = await user.create_session(draft([new_line(), new_line()]))
    seen = [job async for job in follow(user, created.audio_job_id)]
    progress = [job.progress for job in seen]
    assert progress == sorted(progress)
    assert seen[-1].status == "completed"
    assert seen[-1].progress == 1
    assert {"speaking", "preparing", "merging"} <= set(seen[-1].stage_ms)


async def test_the_bundle_plays(user: ApiClient) -> None:
    created = await user.create_session(draft([new_line()], goal_tag="Sleep"))
    await wait_for(user, created.audio_job_id)
    bundle = await user.bundle(created.id)
    assert bundle.binaural is not None
    assert bundle.binaural.hz == 3
    assert bundle.effective_affirmation_spacing_ms == 4000
    assert len(bundle.voice_activity.segments if bundle.voice_activity else []) >= 2
    async with httpx.AsyncClient() as player:
        for url in (bundle.affirmations_merged_url, bundle.background.url_by_platform.ios):
            probe = await player.get(url, headers={"Range": "bytes=0-1"})
            assert probe.status_code == 206
            assert probe.headers["content-type"] == "audio/mp4"
        assert (await player.get(bundle.affirmations_merged_url + "0")).status_code == 403


async def test_the_report_is_about_the_file(user: ApiClient) -> None:
    created = await user.create_session(draft([new_line()]))
    await wait_for(user, created.audio_job_id)
    report, bundle = await user.audio_report(created.id), await user.bundle(created.id)
    async with httpx.AsyncClient() as player:
        track = (await player.get(bundle.affirmations_merged_url)).content
    assert hashlib.sha256(track).hexdigest() == report.sha256
    assert len(track) == report.bytes
    assert (await user.session(created.id)).audio is not None


async def test_the_same_draft_twice_is_one_session(user: ApiClient) -> None:
    before = (await user.entitlement()).remaining_free_generations_today
    wanted = draft([new_line()], local_draft_id=uuid4())
    made = await asyncio.gather(*(user.create_session(wanted) for _ in range(5)))
    assert len({(one.id, one.audio_job_id) for one in made}) == 1
    await wait_for(user, made[0].audio_job_id)
    after = (await user.entitlement()).remaining_free_generations_today
    assert before - after == 1


async def test_somebody_elses_session_does_not_exist(user: ApiClient, new_user: NewUser) -> None:
    created = await user.create_session(draft([new_line()]))
    stranger = await new_user()
    for call in (stranger.session, stranger.ensure_audio, stranger.bundle, stranger.audio_report):
        with pytest.raises(ApiRefusal) as refusal:
            await call(created.id)
        assert (refusal.value.status, refusal.value.error.code) == (404, "NOT_FOUND")
    for job_call in (stranger.job, stranger.cancel_job):
        with pytest.raises(ApiRefusal) as refusal:
            await job_call(created.audio_job_id)
        assert refusal.value.status == 404
    await wait_for(user, created.audio_job_id)


async def test_ensure_audio_is_ready_or_the_one_job(user: ApiClient) -> None:
    created = await user.create_session(draft([new_line(), new_line()]))
    pending = await user.ensure_audio(created.id)
    assert pending.job_id in {created.audio_job_id, None}
    await wait_for(user, created.audio_job_id)
    assert (await user.ensure_audio(created.id)).status == "ready"


async def test_the_catalogue_is_there_for_everybody(visitor: ApiClient, user: ApiClient) -> None:
    page = await visitor.sessions()
    assert len(page.sessions) >= 14
    sleep = next(row for row in page.sessions if row.title == "Sleep")
    session = await visitor.session(sleep.id)
    assert session.owner_user_id is None
    state = await user.ensure_audio(sleep.id)
    if state.job_id:
        await wait_for(user, state.job_id)
    assert (await visitor.bundle(sleep.id)).binaural is not None


@pytest.mark.parametrize("voice", ["no-such-voice", "NOVA"])
async def test_an_unknown_voice_becomes_nova(user: ApiClient, voice: str) -> None:
    created = await user.create_session(draft([new_line()], voice_id=voice))
    assert created.voice_id == "nova"
    await wait_for(user, created.audio_job_id)
