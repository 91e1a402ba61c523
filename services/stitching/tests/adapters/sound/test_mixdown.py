"""Offline files, held against ffmpeg: length, loudness, ducking, tags, seams."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from ab_stitching.adapters.aac import encode_loop
from ab_stitching.adapters.engine import prepare_read, render_track
from ab_stitching.adapters.mixdown_engine import SourceFile, SourceFiles, render_mixdown
from ab_stitching.adapters.mp4 import write_m4a
from ab_stitching.domain.errors import MixdownStopped, Unreadable
from ab_stitching.domain.mixdown import (
    FileFormat,
    Loudness,
    MixdownPlan,
    MixdownWatch,
    RenderedMixdown,
    Volumes,
)
from ab_stitching.domain.mixdown_cover import ARTIST, cover
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import FRAME, SAMPLE_RATE

FRAMES = 480
LENGTH = FRAMES * FRAME
LOOP_MS = LENGTH * 1000 // SAMPLE_RATE
PERIODS = 4096
TITLE = "Ruhe & Kraft für dich"
FORMATS = (FileFormat.M4A, FileFormat.MP3)


def bed(folder: Path, name: str, pcm: Pcm) -> SourceFile:
    written = write_m4a(encode_loop(pcm, 96_000), LENGTH, folder / f"{name}.m4a", 96_000)
    return SourceFile(written.path, LOOP_MS)


def tone() -> Pcm:
    return (0.1 * np.sin(2 * np.pi * PERIODS * np.arange(LENGTH) / LENGTH)).astype(np.float32)


@pytest.fixture(scope="module")
def material(speak: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[SourceFiles, Any]:
    folder = tmp_path_factory.mktemp("layers")
    reads = [prepare_read(speak(seed, seconds=1.5 + 0.2 * seed)) for seed in range(4)]
    track = render_track(reads, folder / "voice.m4a")
    noise = np.random.default_rng(1).standard_normal((2, LENGTH)).astype(np.float32)
    layers = SourceFiles(
        voice=SourceFile(track.path, track.duration_ms),
        brain_layer=bed(folder, "tone", tone()),
        background=bed(folder, "noise", 0.05 * noise),
    )
    return layers, track


def plan_of(track: Any, **changes: Any) -> MixdownPlan:
    plan = MixdownPlan(
        title=TITLE,
        minutes=1,
        format=FileFormat.M4A,
        fade_out=False,
        volumes=Volumes(1.0, 0.05, 0.3),
        loudness=Loudness(track.lufs, -20.5, -22.6),
        segments=track.segments,
    )
    return replace(plan, **changes)


def made(material: Any, folder: Path, **changes: Any) -> RenderedMixdown:
    layers, track = material
    plan = plan_of(track, **changes)
    return render_mixdown(plan, layers, folder / f"out.{plan.format}", MixdownWatch().note)


@pytest.fixture(scope="module", params=FORMATS)
def mixdown(
    request: Any, material: Any, tmp_path_factory: pytest.TempPathFactory
) -> RenderedMixdown:
    return made(material, tmp_path_factory.mktemp("mixdown"), format=request.param)


def test_it_is_exactly_as_long_as_it_says(ffmpeg: Any, mixdown: RenderedMixdown) -> None:
    assert ffmpeg.decode(mixdown.path).shape == (2, 60 * SAMPLE_RATE)
    assert mixdown.duration_ms == 60_000
    assert mixdown.size == mixdown.path.stat().st_size


def test_ffmpeg_finds_its_loudness_and_its_peak(ffmpeg: Any, mixdown: RenderedMixdown) -> None:
    lufs, peak = ffmpeg.loudness(mixdown.path)
    assert lufs == pytest.approx(mixdown.lufs, abs=0.3)
    assert peak == pytest.approx(mixdown.true_peak_db, abs=0.5)
    assert peak <= -1.5


def test_its_tags_say_what_it_is(mixdown: RenderedMixdown) -> None:
    with av.open(str(mixdown.path)) as container:
        assert container.metadata["title"] == TITLE
        assert container.metadata["artist"] == ARTIST
        picture = container.streams.video[0]
        packets = [bytes(packet) for packet in container.demux(picture) if packet.size]
    assert packets == [cover()]


def test_the_index_comes_first(material: Any, tmp_path: Path) -> None:
    content = made(material, tmp_path).path.read_bytes()
    assert content[4:12] == b"ftypM4A "
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_the_same_order_is_the_same_file(material: Any, tmp_path: Path) -> None:
    first, second = (made(material, tmp_path) for _ in range(2))
    assert first.sha256 == second.sha256


def test_a_loud_mix_is_kept_below_the_ceiling(ffmpeg: Any, material: Any, tmp_path: Path) -> None:
    loud = made(material, tmp_path, volumes=Volumes(1.0, 1.0, 1.0))
    assert ffmpeg.loudness(loud.path)[1] <= -1.5


def test_the_background_steps_back_by_4_db(ffmpeg: Any, material: Any, tmp_path: Path) -> None:
    layers, track = material
    alone = made(material, tmp_path, volumes=Volumes(0.0, 0.0, 1.0))
    heard = ffmpeg.decode(alone.path)
    # The second round, where nothing fades. Two time constants after each change it is steady.
    shift = layers.voice.duration_ms
    voice = [s for s in track.segments if s.end_ms - s.start_ms > 300]
    ducked = [heard[:, (shift + s.start_ms + 60) * 48 : (shift + s.end_ms) * 48] for s in voice]
    gaps = zip(track.segments[:-1], track.segments[1:], strict=True)
    free = [
        heard[:, (shift + a.end_ms + 900) * 48 : (shift + b.start_ms - 100) * 48]
        for a, b in gaps
        if b.start_ms - a.end_ms > 1400
    ]
    assert ducked
    assert free
    levels = [20 * np.log10(np.std(np.concatenate(parts, axis=1))) for parts in (ducked, free)]
    assert levels[0] - levels[1] == pytest.approx(-4.0, abs=0.35)


def test_loops_go_round_without_a_seam(ffmpeg: Any, material: Any, tmp_path: Path) -> None:
    alone = made(material, tmp_path, volumes=Volumes(0.0, 1.0, 0.0), segments=())
    heard = ffmpeg.decode(alone.path)[0]
    inner = slice(3 * SAMPLE_RATE, 55 * SAMPLE_RATE)
    at = np.arange(len(heard))[inner]
    # Five rounds of one sine: any sample lost or doubled would turn its phase.
    expected = 0.1 * np.sin(2 * np.pi * PERIODS * at / LENGTH)
    assert float(np.max(np.abs(heard[inner] - expected))) < 0.004


def test_it_stops_at_the_next_block(material: Any, tmp_path: Path) -> None:
    layers, track = material
    watch = MixdownWatch()
    heard: list[float] = []

    def note(progress: float) -> None:
        heard.append(progress)
        if len(heard) == 3:
            watch.stop()
        watch.note(progress)

    with pytest.raises(MixdownStopped):
        render_mixdown(plan_of(track), layers, tmp_path / "out.m4a", note)
    assert len(heard) == 3
    assert not (tmp_path / "out.m4a").exists()
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize("content", [b"", b"no sound at all", b"\0" * 5000])
def test_a_broken_layer_is_named_unreadable(material: Any, tmp_path: Path, content: bytes) -> None:
    layers, track = material
    broken = tmp_path / "broken.m4a"
    broken.write_bytes(content)
    spoilt = replace(layers, background=SourceFile(broken, LOOP_MS))
    with pytest.raises(Unreadable):
        render_mixdown(plan_of(track), spoilt, tmp_path / "out.m4a", MixdownWatch().note)


def test_a_layer_of_another_length_is_refused(material: Any, tmp_path: Path) -> None:
    layers, track = material
    longer = replace(layers, voice=replace(layers.voice, duration_ms=99_000))
    with pytest.raises(Unreadable):
        render_mixdown(plan_of(track), longer, tmp_path / "out.m4a", MixdownWatch().note)
