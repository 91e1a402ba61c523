"""A voice that fades into breath: the codec moves its last samples across the threshold."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ab_stitching.adapters.engine import prepare_read, render_track
from ab_stitching.adapters.exact import render_exact
from ab_stitching.domain.profile import VOICE
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.track import EngineMode, RenderedTrack, plan_track

RATE = 24_000
SEEDS = (2, 4, 4, 5)
"""4 is one whose last edge lies 16 ms apart before and after the codec."""


def breathy(speech: bytes, seed: int) -> bytes:
    """The speech with a second of noise behind it that falls from -26 to -56 dB."""
    with wave.open(io.BytesIO(speech)) as source:
        spoken = np.frombuffer(source.readframes(source.getnframes()), "<i2")
    time = np.arange(RATE) / RATE
    noise = np.random.default_rng(seed).standard_normal(RATE) * 0.05 * 10 ** (-1.5 * time)
    quiet = RATE // 10
    sound = np.concatenate((spoken[:-quiet], np.round(noise * 32767), np.zeros(quiet)))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.clip(sound, -32768, 32767).astype("<i2").tobytes())
    return file.getvalue()


def spliced(reads: list[PreparedRead], target: Path) -> RenderedTrack:
    return render_track(reads, target)


def exact(reads: list[PreparedRead], target: Path) -> RenderedTrack:
    return render_exact(reads, plan_track(reads, VOICE), target)


@pytest.mark.parametrize("render", [spliced, exact])
def test_segments_are_those_of_the_finished_file(
    render: Callable[[list[PreparedRead], Path], RenderedTrack],
    speak: Any,
    ffmpeg: Any,
    tmp_path: Path,
) -> None:
    reads = [prepare_read(breathy(speak(seed, 1.5, RATE), seed)) for seed in SEEDS]
    track = render(reads, tmp_path / "track.m4a")
    assert track.engine_mode == {spliced: EngineMode.SPLICE, exact: EngineMode.EXACT}[render]
    silences = ffmpeg.silences(track.path)
    between = [(before[1], after[0]) for before, after in pairwise(silences)]
    voices = [(start, end) for start, end in between if end - start >= VOICE.min_voice_ms]
    assert len(voices) == len(track.segments) >= len(SEEDS)
    for (start, end), voice in zip(voices, track.segments, strict=True):
        assert abs(voice.start_ms - start) <= 5
        assert abs(voice.end_ms - end) <= 5
