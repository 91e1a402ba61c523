from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ab_stitching.adapters.decode import LARGEST_READ_BYTES, decode_speech
from ab_stitching.domain.errors import Silent, TooLarge, TooLong, Unreadable


@pytest.mark.parametrize(
    ("arguments", "tolerance"),
    [
        (["-f", "mp3", "-c:a", "libmp3lame", "-ar", "44100", "-b:a", "128k"], 2500),
        (["-f", "ogg", "-c:a", "libvorbis"], 2500),
        (["-f", "webm", "-c:a", "libopus"], 2500),
        (["-f", "flac"], 50),
        (["-f", "au"], 50),
        (["-f", "adts", "-c:a", "aac"], 5000),
        (["-f", "wav", "-c:a", "pcm_f32le", "-ar", "22050"], 50),
        (["-f", "wav", "-ac", "2"], 50),
        (["-f", "mp4", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"], 5000),
    ],
    ids=["mp3", "ogg", "webm", "flac", "au", "aac", "float", "stereo", "mp4"],
)
def test_whatever_a_provider_sends_becomes_48_khz_mono(
    ffmpeg: Any, speak: Any, arguments: list[str], tolerance: int
) -> None:
    wav = speak(1, seconds=1.5)
    original = decode_speech(wav)
    decoded = decode_speech(ffmpeg.convert(wav, *arguments))
    assert decoded.dtype == np.float32
    assert decoded.ndim == 1
    assert abs(len(decoded) - 1.7 * 48_000) <= tolerance
    assert np.std(decoded) == pytest.approx(np.std(original), rel=0.1)


def test_a_mix_of_both_ears_is_no_louder(ffmpeg: Any, speak: Any) -> None:
    wav = speak(2, seconds=1.0)
    both = ffmpeg.convert(wav, "-f", "wav", "-ac", "2")
    np.testing.assert_allclose(decode_speech(both), decode_speech(wav), atol=2e-3)


def test_a_wav_whose_outer_header_is_broken_is_read_by_pydub(speak: Any) -> None:
    wav = speak(3, seconds=1.0)
    broken = b"JUNK" + wav[4:]
    np.testing.assert_allclose(decode_speech(broken), decode_speech(wav), atol=1e-3)


@pytest.mark.parametrize(
    "junk",
    [
        b"not a sound",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\x00" * 5000,
        b"ID3\x04\x00\x00" + b"\xff" * 300,
        b'{"error": "quota"}',
    ],
)
def test_what_nothing_opens_is_unreadable(junk: bytes) -> None:
    with pytest.raises(Unreadable):
        decode_speech(junk)


def test_no_bytes_and_no_samples_are_silent(speak: Any) -> None:
    with pytest.raises(Silent):
        decode_speech(b"")
    empty = speak(4)[:44]
    headless = empty[:40] + struct.pack("<I", 0)
    with pytest.raises(Silent):
        decode_speech(headless)


@pytest.mark.parametrize(
    "script",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{path}\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile {path}\n",
    ],
)
def test_a_playlist_opens_no_other_file(tmp_path: Path, speak: Any, script: bytes) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(speak(5))
    with pytest.raises(Unreadable):
        decode_speech(script.replace(b"{path}", str(secret).encode()))


def test_more_than_20_mb_is_refused_unopened() -> None:
    with pytest.raises(TooLarge):
        decode_speech(b"\x00" * (LARGEST_READ_BYTES + 1))


def test_more_than_a_minute_is_refused_while_decoding(ffmpeg: Any) -> None:
    minutes = ffmpeg.run(
        *("-f", "lavfi", "-i", "sine=f=200:r=24000:d=900", "-c:a", "flac", "-f", "flac", "pipe:1")
    )[0]
    assert len(minutes) < LARGEST_READ_BYTES
    with pytest.raises(TooLong):
        decode_speech(minutes)
