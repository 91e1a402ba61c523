from __future__ import annotations

import numpy as np
import pytest
from ab_stitching.domain.stems.seam import seam_quality
from ab_stitching.domain.stems.tones import tone

SECOND = 48_000


@pytest.fixture
def hiss(rng: np.random.Generator) -> np.ndarray:
    white = np.fft.rfft(rng.standard_normal(30 * SECOND))
    kernel = np.fft.rfft(np.hanning(40), 30 * SECOND)
    return (np.fft.irfft(white * kernel) / 50).astype(np.float32)


def test_a_circular_tone_closes() -> None:
    assert not seam_quality(tone(400)).needs_runtime_crossfade


def test_a_tone_cut_anywhere_jumps() -> None:
    quality = seam_quality(tone(400)[: 10 * SECOND + 90])
    assert quality.jump > 1
    assert quality.needs_runtime_crossfade
    assert quality.seam_risk_score > 0.5


def test_steady_noise_closes(hiss: np.ndarray) -> None:
    assert not seam_quality(hiss).needs_runtime_crossfade


def test_a_loop_that_ends_louder_is_noticed(hiss: np.ndarray) -> None:
    swelling = hiss * np.linspace(0.2, 1, len(hiss), dtype=np.float32)
    quality = seam_quality(swelling)
    assert quality.rms > 1
    assert quality.needs_runtime_crossfade


def test_a_loop_that_ends_in_another_colour_is_noticed(hiss: np.ndarray) -> None:
    brighter = np.diff(hiss, append=0).astype(np.float32)
    brighter *= np.float32(np.std(hiss) / np.std(brighter))
    mix = np.linspace(0, 1, len(hiss), dtype=np.float32)
    quality = seam_quality(hiss * (1 - mix) + brighter * mix)
    assert quality.spectrum > 1


def test_the_worse_ear_counts(hiss: np.ndarray) -> None:
    broken = hiss * np.linspace(0.1, 1, len(hiss), dtype=np.float32)
    both = seam_quality(np.stack((hiss, broken)))
    assert both.risk == seam_quality(broken).risk
