"""What a provider may send instead of a read: accepted where it is speech, refused by name else."""

from __future__ import annotations

import resource
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ab_shared.contracts.stems import stem_with_id
from ab_stitching.adapters import stem_engine
from ab_stitching.adapters.decode import decode_speech
from ab_stitching.adapters.engine import prepare_read, render_track
from ab_stitching.domain.errors import (
    AudioRejected,
    Broken,
    CutShort,
    DiskFull,
    Silent,
    TooLong,
    Unreadable,
)
from ab_stitching.domain.pcm import Pcm

RATE = 24_000


def float_wav(pcm: Pcm, rate: int = RATE) -> bytes:
    body = pcm.astype("<f4").tobytes()
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, rate, 4 * rate, 4, 32)
    data = struct.pack("<4sI", b"data", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(head) + len(data)) + b"WAVE" + head + data


def with_data_size(wav: bytes, size: int) -> bytes:
    return wav[:40] + struct.pack("<I", size) + wav[44:]


@pytest.mark.parametrize(
    "arguments",
    [
        ["-f", "wav", "-ar", "8000"],
        ["-f", "wav", "-ac", "2"],
        ["-f", "wav", "-c:a", "pcm_s24le", "-ac", "2", "-ar", "96000"],
        ["-f", "wav", "-c:a", "pcm_u8", "-ar", "8000"],
        ["-f", "flac", "-c:a", "flac", "-sample_fmt", "s32"],
    ],
    ids=["8 kHz", "stereo", "24 bit 96 kHz stereo", "8 bit", "24-bit FLAC"],
)
def test_odd_but_honest_speech_is_prepared_to_the_standard(
    ffmpeg: Any, speak: Any, arguments: list[str]
) -> None:
    wav = speak(1, seconds=2.0)
    read = prepare_read(ffmpeg.convert(wav, *arguments))
    usual = prepare_read(wav)
    assert read.lufs == pytest.approx(-20, abs=0.05)
    assert read.true_peak_db <= -1.5
    assert read.duration_ms == pytest.approx(usual.duration_ms, abs=60)
    assert len(read.segments) == len(usual.segments)


def test_clipped_speech_is_levelled_like_any_other(speak: Any) -> None:
    loud = prepare_read(speak(2, gain=40.0))
    assert loud.lufs == pytest.approx(-20, abs=0.05)
    assert loud.true_peak_db <= -1.5
    assert loud.gain_db < 0


def test_what_a_file_is_called_does_not_matter(ffmpeg: Any, speak: Any) -> None:
    # An MP3 behind a WAV's name, a WAV behind an MP3's: only the bytes are looked at.
    mp3 = ffmpeg.convert(speak(1), "-f", "mp3", "-c:a", "libmp3lame")
    assert prepare_read(mp3).lufs == pytest.approx(-20, abs=0.05)
    with pytest.raises(AudioRejected):
        prepare_read(b"RIFF" + mp3[4:300])


@pytest.mark.parametrize("share", [0.95, 0.6, 0.2])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("read.wav", []),
        ("read.mp3", ["-c:a", "libmp3lame", "-b:a", "96k", "-id3v2_version", "3"]),
        ("read.ogg", ["-c:a", "libvorbis"]),
        ("read.opus", ["-c:a", "libopus"]),
        ("read.webm", ["-c:a", "libopus"]),
        ("read.flac", []),
        ("read.m4a", ["-c:a", "aac", "-movflags", "+faststart"]),
        ("late.m4a", ["-c:a", "aac"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_half_a_sentence_is_never_played(
    ffmpeg: Any, speak: Any, tmp_path: Path, name: str, arguments: list[str], share: float
) -> None:
    source, target = tmp_path / "source.wav", tmp_path / name
    source.write_bytes(speak(1, seconds=6.0))
    ffmpeg.run("-i", str(source), *arguments, str(target))
    whole = target.read_bytes()
    assert prepare_read(whole).duration_ms == pytest.approx(5800, abs=500)
    with pytest.raises(AudioRejected) as refused:
        prepare_read(whole[: round(len(whole) * share)])
    assert isinstance(refused.value, CutShort | Unreadable)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFF000], ids=hex)
def test_a_streamed_wav_that_does_not_know_its_length_is_taken_as_it_is(
    speak: Any, size: int
) -> None:
    wav = speak(3)
    assert len(decode_speech(with_data_size(wav, 0xFFFFFFFF))) == len(decode_speech(wav))
    if size:
        assert prepare_read(with_data_size(wav, size)).duration_ms > 1000


def test_endless_sound_is_refused_while_decoding(speak: Any) -> None:
    minutes = speak(1, seconds=1.0)[44:] * 70
    head = with_data_size(speak(1)[:44], 0xFFFFFFFF)
    with pytest.raises(TooLong):
        prepare_read(head + minutes)
    # The same behind an outer header that only pydub reads.
    with pytest.raises(TooLong):
        prepare_read(b"JUNK" + with_data_size(head, len(minutes))[4:] + minutes)


@pytest.mark.parametrize("rate", [1, 100, 3999, 2_000_000])
def test_a_rate_at_which_nobody_speaks_is_refused_before_it_fills_the_memory(rate: int) -> None:
    with pytest.raises(AudioRejected):
        prepare_read(float_wav(np.zeros(500_000, np.float32), rate))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
def test_samples_that_are_no_numbers_are_refused(value: float) -> None:
    sound = np.sin(np.arange(2 * RATE) / 20).astype(np.float32) * np.float32(0.3)
    sound[RATE : RATE + 3] = value
    with pytest.raises(Broken):
        prepare_read(float_wav(sound))


@pytest.mark.parametrize("level", [0.0, 1e-5], ids=["digital silence", "noise floor"])
def test_silence_is_no_speech(rng: np.random.Generator, level: float) -> None:
    quiet = (level * rng.standard_normal(2 * RATE)).astype(np.float32)
    with pytest.raises(Silent):
        prepare_read(float_wav(quiet))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond ``size``: a write fails as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 1000, 40_000])
def test_a_full_disk_is_named_and_leaves_nothing_behind(
    speak: Any, tmp_path: Path, size: int
) -> None:
    reads = [prepare_read(speak(seed, seconds=3.0)) for seed in range(2)]
    with room_for(size), pytest.raises(DiskFull):
        render_track(reads, tmp_path / "track.m4a")
    assert list(tmp_path.iterdir()) == []
    assert render_track(reads, tmp_path / "track.m4a").size > size


def test_a_full_disk_stops_a_stem_too(tmp_path: Path) -> None:
    stem = stem_with_id("solfeggio_40")
    assert stem
    with room_for(100_000), pytest.raises(DiskFull):
        stem_engine.render_stem(stem, tmp_path / "stem.m4a")
    assert list(tmp_path.iterdir()) == []
