from __future__ import annotations

import io
import wave

import numpy as np
from ab_tts.domain.waveform import duration_ms, wav_file


def read(file: bytes) -> tuple[int, int, np.ndarray[tuple[int], np.dtype[np.int16]]]:
    with wave.open(io.BytesIO(file)) as opened:
        frames = opened.readframes(opened.getnframes())
        return opened.getframerate(), opened.getnchannels(), np.frombuffer(frames, np.int16)


def test_samples_come_back_to_the_nearest_step() -> None:
    samples = np.array([0.0, 0.5, -0.5, 0.25], np.float32)
    rate, channels, back = read(wav_file(samples, 24_000))
    assert (rate, channels) == (24_000, 1)
    assert np.abs(back / 32767 - samples).max() < 1 / 32767


def test_what_is_too_loud_is_scaled_not_clipped() -> None:
    _, _, back = read(wav_file(np.array([2.0, 1.0, -2.0], np.float32), 24_000))
    assert back.max() < 32767
    assert abs(back[0] - 2 * back[1]) <= 1


def test_nothing_is_still_a_file() -> None:
    assert len(read(wav_file(np.zeros(0, np.float32), 24_000))[2]) == 0
    assert duration_ms(np.zeros(36_000, np.float32), 24_000) == 1500
