from __future__ import annotations

from dataclasses import replace

import pytest
from ab_shared.contracts import captions, rpc
from ab_shared.errors import AudioNotReady, NotFound
from prometheus_client import REGISTRY
from session_memory.rig import LINES, Rig

OWNER = "user"


async def made(rig: Rig) -> rpc.CreatedSession:
    created = await rig.create()
    await rig.made(created)
    return created


def wanted(created: rpc.CreatedSession, user: str | None = OWNER) -> captions.GetCaptions:
    return captions.GetCaptions(session_id=created.session.id, user_id=user)


async def test_each_read_of_each_line_is_a_cue(memory_rig: Rig) -> None:
    found = await memory_rig.ask(wanted(await made(memory_rig)))
    assert [(cue.line, cue.read, cue.text) for cue in found.cues] == [
        (1, 1, LINES[0]),
        (1, 2, LINES[0]),
        (2, 1, LINES[1]),
        (2, 2, LINES[1]),
    ]
    assert [(cue.start_ms, cue.end_ms) for cue in found.cues] == [
        (500, 3400),
        (6500, 9400),
        (12500, 15400),
        (18500, 21400),
    ]


async def test_the_waveform_is_that_of_the_track(memory_rig: Rig) -> None:
    created = await made(memory_rig)
    request = captions.GetWaveform(session_id=created.session.id, user_id=OWNER)
    assert (await memory_rig.ask(request)).peaks == (0.0, 0.5, 1.0)


async def test_before_the_track_there_is_nothing_to_show(memory_rig: Rig) -> None:
    memory_rig.muted = True
    created = await memory_rig.create()
    with pytest.raises(AudioNotReady):
        await memory_rig.ask(wanted(created))
    waveform = captions.GetWaveform(session_id=created.session.id, user_id=OWNER)
    with pytest.raises(AudioNotReady):
        await memory_rig.ask(waveform)


async def test_somebody_elses_captions_do_not_exist(memory_rig: Rig) -> None:
    created = await made(memory_rig)
    for user in ("somebody else", None):
        with pytest.raises(NotFound):
            await memory_rig.ask(wanted(created, user))


async def test_edited_lines_are_no_captions_of_the_track_before(memory_rig: Rig) -> None:
    created = await made(memory_rig)
    rows = memory_rig.memory.rows.sessions
    rows[created.session.id] = replace(rows[created.session.id], lines=("Something else.",))
    with pytest.raises(AudioNotReady):
        await memory_rig.ask(wanted(created))


async def test_the_report_says_how_far_the_voice_stands_above_its_beds(memory_rig: Rig) -> None:
    created = await made(memory_rig)
    request = rpc.GetAudioReport(session_id=created.session.id, user_id=OWNER)
    report = await memory_rig.ask(request)
    # -20.1 LUFS at 1 over beds of -34 LUFS at 0.05 and 0.3
    assert report.voice_to_bed_lu == pytest.approx(24.24, abs=0.01)


async def test_each_bundle_counts_how_far_the_voice_stands_above_its_beds(memory_rig: Rig) -> None:
    created = await made(memory_rig)
    before = counted("sum"), counted("count")
    await memory_rig.ask(rpc.GetPlaybackBundle(session_id=created.session.id, user_id=OWNER))
    assert counted("count") == before[1] + 1
    assert counted("sum") - before[0] == pytest.approx(24.24, abs=0.01)


def counted(what: str) -> float:
    return REGISTRY.get_sample_value(f"ab_bundle_voice_to_bed_lu_{what}") or 0.0
