from __future__ import annotations

import asyncio

import pytest
from ab_session.domain.catalogue import CATALOGUE
from ab_session.domain.job import Stage
from ab_shared.contracts import rpc
from ab_shared.contracts.commands import PrepareRead, RenderTrack, SynthesizeRead
from ab_shared.contracts.events import (
    GenerationSettled,
    JobChanged,
    SessionChanged,
)
from ab_shared.errors import (
    AudioNotReady,
    Forbidden,
    FreeLimitReached,
    NotFound,
    ValidationFailed,
)
from session_memory.rig import LINES, Rig, draft

WAKE_UP = CATALOGUE[0]


def settled(rig: Rig) -> list[str]:
    return [event.outcome for event in rig.broker.messages(GenerationSettled)]


async def test_a_new_session_is_spoken_prepared_and_merged(memory_rig: Rig) -> None:
    created = await memory_rig.create()
    assert created.created
    assert created.job.status == "pending"
    job = await memory_rig.made(created)
    assert job.stage is Stage.READY
    assert (job.made.spoken, job.made.prepared, job.made.tracks) == (4, 4, 1)
    assert memory_rig.studio.heard(SynthesizeRead) == memory_rig.studio.heard(PrepareRead) == 4
    assert memory_rig.studio.heard(RenderTrack) == 1
    assert settled(memory_rig) == ["committed"]
    session = await memory_rig.ask(rpc.GetSession(session_id=created.session.id, user_id="user"))
    assert session.audio is not None
    assert session.version == 2
    assert not memory_rig.broker.dead
    assert [e.version for e in memory_rig.broker.messages(SessionChanged)] == [1, 2]
    assert not memory_rig.memory.rows.reads


async def test_cached_speech_is_only_prepared(memory_rig: Rig) -> None:
    await memory_rig.made(await memory_rig.create(draft(*LINES, "Three is my number.")))
    memory_rig.memory.rows.prepared.clear()
    memory_rig.memory.rows.credited.clear()
    memory_rig.studio.prepared.clear()
    memory_rig.studio.asked.clear()
    job = await memory_rig.made(await memory_rig.create())
    assert job.stage is Stage.READY
    assert memory_rig.studio.heard(SynthesizeRead) == 0
    assert memory_rig.studio.heard(PrepareRead) == 4
    assert (job.made.spoken, job.made.prepared) == (0, 4)


async def test_the_same_request_at_once_is_one_session(memory_rig: Rig) -> None:
    answers = await asyncio.gather(*(memory_rig.create(key="k") for _ in range(8)))
    assert sum(answer.created for answer in answers) == 1
    assert len({(a.session.id, a.job.id) for a in answers}) == 1
    await memory_rig.settle()
    assert len(memory_rig.memory.rows.jobs) == 1
    assert set(memory_rig.reserved) == {answers[0].job.id}
    assert settled(memory_rig) == ["committed"]


async def test_a_line_that_cannot_be_spoken_fails_the_job_by_name(memory_rig: Rig) -> None:
    memory_rig.studio.unspeakable.add(LINES[1])
    job = await memory_rig.made(await memory_rig.create())
    assert job.stage is Stage.FAILED
    assert job.error == "Line 2: nothing in it can be spoken"
    assert settled(memory_rig) == ["released"]
    last = memory_rig.broker.messages(JobChanged)[-1].job
    assert (last.status, last.error) == ("failed", job.error)
    assert not memory_rig.memory.rows.reads


async def test_speech_that_cannot_be_used_fails_the_job_and_is_forgotten(memory_rig: Rig) -> None:
    memory_rig.muted = True
    created = await memory_rig.create()
    await memory_rig.settle()
    bad = next(
        c for c in memory_rig.held_back if isinstance(c, SynthesizeRead) and c.text == LINES[0]
    )
    memory_rig.studio.unusable.add(bad.speech_address)
    await memory_rig.release()
    job = await memory_rig.job(created.job.id)
    assert job.stage is Stage.FAILED
    assert job.error == "Line 1: the speech is silent"
    assert bad.speech_address not in memory_rig.memory.rows.speech
    assert settled(memory_rig) == ["released"]


async def test_ensure_audio_without_a_generation_left_is_refused(memory_rig: Rig) -> None:
    memory_rig.studio.unspeakable.add(LINES[0])
    created = await memory_rig.create()
    await memory_rig.made(created)
    memory_rig.generations["user"] = 0
    with pytest.raises(FreeLimitReached):
        await memory_rig.ask(rpc.EnsureAudio(session_id=created.session.id, user_id="user"))
    assert len(memory_rig.memory.rows.jobs) == 1


async def test_a_catalogue_session_is_made_when_somebody_wants_to_play_it(memory_rig: Rig) -> None:
    await memory_rig.wired.seed()
    await memory_rig.settle()
    wanted = rpc.GetPlaybackBundle(session_id=WAKE_UP.id, user_id=None)
    memory_rig.muted = True
    for _ in range(3):
        with pytest.raises(AudioNotReady):
            await memory_rig.ask(wanted)
    await memory_rig.settle()
    assert len(memory_rig.memory.rows.jobs) == 1
    [job] = memory_rig.memory.rows.jobs.values()
    with pytest.raises(Forbidden):
        await memory_rig.ask(rpc.CancelJob(job_id=job.id, user_id="user"))
    assert (await memory_rig.ask(rpc.GetJob(job_id=job.id, user_id="user"))).id == job.id
    await memory_rig.release()
    bundle = await memory_rig.ask(wanted)
    assert bundle.binaural is not None
    assert bundle.binaural.hz == 17
    assert bundle.solfeggio is None
    assert bundle.spacing_ms == 4000
    assert bundle.mix == rpc.Mix()
    assert len(bundle.segments) == 2
    assert memory_rig.reserved == []
    assert settled(memory_rig) == []
    report = await memory_rig.ask(rpc.GetAudioReport(session_id=WAKE_UP.id, user_id=None))
    assert report.loudness_lufs == -20.1


async def test_a_failing_catalogue_session_is_not_tried_at_every_look(memory_rig: Rig) -> None:
    await memory_rig.wired.seed()
    await memory_rig.settle()
    memory_rig.studio.unspeakable.add(WAKE_UP.lines[0])
    wanted = rpc.GetPlaybackBundle(session_id=WAKE_UP.id, user_id=None)
    for _ in range(4):
        with pytest.raises(AudioNotReady):
            await memory_rig.ask(wanted)
        await memory_rig.settle()
    assert len(memory_rig.memory.rows.jobs) == 1
    memory_rig.studio.unspeakable.clear()
    memory_rig.clock.advance(61)
    with pytest.raises(AudioNotReady):
        await memory_rig.ask(wanted)
    await memory_rig.settle()
    await memory_rig.ask(wanted)


async def test_a_bundle_asks_for_a_stem_it_misses(memory_rig: Rig) -> None:
    created = await memory_rig.create()
    await memory_rig.made(created)
    wanted = rpc.GetPlaybackBundle(session_id=created.session.id, user_id="user")
    memory_rig.memory.rows.stems.clear()
    memory_rig.memory.rows.asked.clear()
    with pytest.raises(AudioNotReady):
        await memory_rig.ask(wanted)
    await memory_rig.settle()
    await memory_rig.ask(wanted)
    with pytest.raises(NotFound):
        await memory_rig.ask(rpc.GetPlaybackBundle(session_id=created.session.id, user_id="other"))


@pytest.mark.parametrize(
    "wanted",
    [
        draft("\u0000 is a sign of mine."),
        draft("x" * 501),
        draft("   "),
        draft("!!! ..."),
        draft(title=" "),
        draft(title="a\u0007b"),
        draft(goal_tag="g" * 65),
        draft(voice_id=""),
        draft(solfeggio_hz=0.5),
    ],
)
async def test_a_bad_draft_leaves_nothing_behind(memory_rig: Rig, wanted: rpc.SessionDraft) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await memory_rig.create(wanted)
    assert refused.value.details
    assert not memory_rig.memory.rows.sessions
    assert not memory_rig.reserved
    assert not await memory_rig.memory.sent()


async def test_without_a_generation_nothing_is_written(memory_rig: Rig) -> None:
    memory_rig.generations["user"] = 0
    with pytest.raises(FreeLimitReached):
        await memory_rig.create()
    assert not memory_rig.memory.rows.sessions
    assert not await memory_rig.memory.sent()


async def test_a_job_that_missed_a_wake_up_heals(memory_rig: Rig) -> None:
    await memory_rig.made(await memory_rig.create())
    memory_rig.muted = True
    track = dict(memory_rig.memory.rows.tracks)
    memory_rig.memory.rows.tracks.clear()
    created = await memory_rig.create()
    assert created.job.stage == "merging"
    memory_rig.memory.rows.tracks.update(track)
    memory_rig.clock.advance(61)
    await memory_rig.wired.revive()
    assert (await memory_rig.job(created.job.id)).stage is Stage.READY


async def test_the_pin_outlives_a_new_recipe(memory_rig: Rig) -> None:
    memory_rig.studio.unspeakable.add(LINES[0])
    created = await memory_rig.create()
    await memory_rig.made(created)
    memory_rig.studio.unspeakable.clear()
    pin = memory_rig.memory.rows.sessions[created.session.id].recipe
    state = await memory_rig.ask(rpc.EnsureAudio(session_id=created.session.id, user_id="user"))
    await memory_rig.settle()
    assert state.job is not None
    assert (await memory_rig.job(state.job.id)).stage is Stage.READY
    assert memory_rig.memory.rows.sessions[created.session.id].recipe == pin
