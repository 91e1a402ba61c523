from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ab_stitching.adapters import exact
from ab_stitching.adapters.engine import prepare_read, render_track
from ab_stitching.domain.errors import AudioRejected, PreparedReadStale, Silent
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import FRAME, VOICE
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.read_codec import dump_read, load_read
from ab_stitching.domain.track import EngineMode, RenderedTrack, plan_track

EIGHT = 8
Made = tuple[list[PreparedRead], RenderedTrack]


@pytest.fixture(scope="module")
def reads(speak: Any) -> list[PreparedRead]:
    made = [
        prepare_read(speak(seed, seconds=1.4 + 0.37 * seed, gain=0.3 + 0.1 * seed))
        for seed in range(EIGHT)
    ]
    return [load_read(dump_read(read)) for read in made]


@pytest.fixture(scope="module", params=[1, 4, 24], ids=lambda lines: f"{lines} lines")
def track(
    request: Any, reads: list[PreparedRead], tmp_path_factory: pytest.TempPathFactory
) -> Made:
    playing = [reads[index % EIGHT] for index in range(2 * request.param)]
    target = tmp_path_factory.mktemp("tracks") / "track.m4a"
    return playing, render_track(playing, target)


@pytest.fixture(scope="module")
def heard(ffmpeg: Any, track: Made) -> Pcm:
    sound: Pcm = ffmpeg.decode(track[1].path)
    return sound


def test_ffmpeg_finds_the_loudness_and_the_peak_of_the_standard(ffmpeg: Any, track: Made) -> None:
    _, made = track
    lufs, peak = ffmpeg.loudness(made.path)
    assert lufs == pytest.approx(-20, abs=0.3)
    assert lufs == pytest.approx(made.lufs, abs=0.11)
    assert peak <= -1.5
    assert peak == pytest.approx(made.true_peak_db, abs=0.3)
    assert made.engine_mode is EngineMode.SPLICE


def test_the_length_is_exact_and_both_ears_hear_the_same(track: Made, heard: Pcm) -> None:
    playing, made = track
    left, right = heard
    assert len(left) == plan_track(playing, VOICE).timeline.length
    assert made.duration_ms == pytest.approx(len(left) / 48, abs=0.5)
    np.testing.assert_array_equal(left, right)


def test_between_the_reads_is_digital_silence(track: Made, heard: Pcm) -> None:
    playing, sound = track[0], heard[0]
    timeline = plan_track(playing, VOICE).timeline
    end = 0
    for place, read in zip(timeline.placements, playing, strict=True):
        assert not sound[end : place.start - FRAME].any()
        end = place.start + (read.frames + 1) * FRAME
    assert not sound[end:].any()


def test_every_read_stands_on_the_grid_nearest_to_its_ideal_place(track: Made, heard: Pcm) -> None:
    playing, made = track
    sound = heard[0]
    ideal = VOICE.lead_in_ms * 48
    for index, (read, span) in enumerate(zip(playing, made.read_spans, strict=True)):
        start_ms = span.start_ms
        assert span.end_ms - start_ms == pytest.approx(read.duration_ms, abs=1)
        assert abs(start_ms - ideal / 48) <= 10.7 + 0.5
        around = sound[round(start_ms * 48) - 480 :][: read.sample_count + 960]
        first, last = np.flatnonzero(np.abs(around) > 3e-3)[[0, -1]]
        assert first < 3000
        assert abs(last - read.sample_count) < 3000
        ideal += read.sample_count + (1500 if index % 2 == 0 else 4000) * 48


def test_voice_begins_and_ends_where_ffmpeg_says(ffmpeg: Any, track: Made) -> None:
    _, made = track
    silences = ffmpeg.silences(made.path)
    edges = [0.0, *[edge for pair in silences for edge in pair]]
    voices = [
        (start, end)
        for start, end in zip(edges[2::2], [*edges[3::2], made.duration_ms], strict=False)
        if end - start >= VOICE.min_voice_ms and start < made.duration_ms - 1
    ]
    assert len(voices) == len(made.segments) > 0
    for (start, end), voice in zip(voices, made.segments, strict=True):
        assert abs(voice.start_ms - start) <= 5
        assert abs(voice.end_ms - end) <= 5


def boxes(data: bytes) -> list[bytes]:
    names, at = [], 0
    while at < len(data):
        names.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4])
    return names


def test_the_file_is_ready_for_the_web(track: Made) -> None:
    _, made = track
    data = made.path.read_bytes()
    names = boxes(data)
    assert names.index(b"moov") < names.index(b"mdat")
    assert data[:12].endswith(b"ftypM4A ")
    assert made.sha256 == hashlib.sha256(data).hexdigest()
    assert made.size == len(data)
    edit = data.index(b"elst")
    assert int.from_bytes(data[edit + 16 : edit + 20]) == 1024


def test_the_same_reads_make_the_same_bytes(reads: list[PreparedRead], tmp_path: Path) -> None:
    once = render_track(reads[:4], tmp_path / "a.m4a")
    again = render_track(reads[:4], tmp_path / "b.m4a")
    assert once.sha256 == again.sha256


def test_the_same_speech_is_prepared_to_the_same_bytes(speak: Any) -> None:
    assert dump_read(prepare_read(speak(3))) == dump_read(prepare_read(speak(3)))


def test_a_read_is_some_tens_of_kilobytes(reads: list[PreparedRead]) -> None:
    assert all(10_000 < len(dump_read(read)) < 110_000 for read in reads)


def test_a_failed_write_leaves_nothing_behind(reads: list[PreparedRead], tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        render_track(reads[:2], tmp_path / "missing" / "track.m4a")
    (tmp_path / "track.m4a").mkdir()
    with pytest.raises(OSError, match="directory"):
        render_track(reads[:2], tmp_path / "track.m4a")
    assert [left.name for left in tmp_path.iterdir()] == ["track.m4a"]


def test_a_read_of_another_encoder_is_stale(reads: list[PreparedRead], tmp_path: Path) -> None:
    strange = [dataclasses.replace(read, stream_config=b"\x12\x10") for read in reads[:2]]
    with pytest.raises(PreparedReadStale):
        render_track(strange, tmp_path / "track.m4a")


def test_a_silent_read_is_refused_as_rejected_audio(speak: Any) -> None:
    with pytest.raises(Silent) as refused:
        prepare_read(speak(1, gain=0.0))
    assert isinstance(refused.value, AudioRejected)


def test_reads_too_quiet_for_their_gain_are_rendered_exactly(
    ffmpeg: Any, speak: Any, tmp_path: Path
) -> None:
    quiet = [prepare_read(speak(seed, gain=0.07)) for seed in range(2)]
    assert all(read.gain_db == VOICE.max_gain_db and read.lufs < -20.5 for read in quiet)
    made = render_track(quiet, tmp_path / "track.m4a")
    assert made.engine_mode is EngineMode.EXACT
    lufs, peak = ffmpeg.loudness(made.path)
    assert lufs == pytest.approx(-20, abs=0.3)
    assert lufs == pytest.approx(made.lufs, abs=0.11)
    assert peak <= -1.5
    left, right = ffmpeg.decode(made.path)
    np.testing.assert_array_equal(left, right)
    assert len(left) == plan_track(quiet, VOICE).timeline.length


def test_exact_and_spliced_tracks_sound_alike(
    ffmpeg: Any, reads: list[PreparedRead], tmp_path: Path
) -> None:
    plan = plan_track(reads[:2], VOICE)
    spliced = render_track(reads[:2], tmp_path / "spliced.m4a")
    exactly = exact.render_exact(reads[:2], plan, tmp_path / "exact.m4a")
    assert exactly.duration_ms == spliced.duration_ms
    assert len(exactly.segments) == len(spliced.segments)
    for one, other in zip(exactly.segments, spliced.segments, strict=True):
        assert abs(one.start_ms - other.start_ms) <= 13
    first, second = (ffmpeg.decode(made.path)[0] for made in (exactly, spliced))
    assert np.std(first) == pytest.approx(np.std(second), rel=0.03)
