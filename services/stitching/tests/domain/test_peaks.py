from __future__ import annotations

import numpy as np
import pytest
from ab_stitching.domain.pcm import Pcm, decibels, ratio
from ab_stitching.domain.peaks import limit, true_peak
from hypothesis import given, settings
from hypothesis import strategies as st


def test_a_peak_between_two_samples_is_found() -> None:
    # A quarter of the sample rate, sampled 45° off its crests: samples show 3 dB too little.
    sound = np.sin(np.pi / 2 * np.arange(48_000) + np.pi / 4).astype(np.float32)
    assert np.max(np.abs(sound)) == pytest.approx(0.7071, abs=1e-3)
    assert decibels(true_peak(sound * np.float32(0.5))) == pytest.approx(-6.02, abs=0.2)


def test_a_slow_tone_is_no_higher_than_itself() -> None:
    sound = np.sin(2 * np.pi * 100 * np.arange(96_000) / 48_000).astype(np.float32)
    assert decibels(true_peak(sound)) == pytest.approx(0.0, abs=0.05)


def test_silence_has_no_peak() -> None:
    assert true_peak(np.zeros(10, np.float32)) == 0.0
    assert true_peak(np.zeros(0, np.float32)) == 0.0


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(0.2, 4.0), st.integers(1, 130_000))
def test_whatever_comes_in_stays_below_the_ceiling(seed: int, level: float, length: int) -> None:
    rng = np.random.default_rng(seed)
    bursts = np.repeat(rng.random(length // 2000 + 1), 2000)[:length]
    sound = (level * bursts * rng.standard_normal(length)).astype(np.float32)
    limited = limit(sound, ratio(-2.0))
    assert np.max(np.abs(limited)) <= ratio(-2.0) * 1.0001
    assert decibels(true_peak(limited)) <= -1.8


def test_far_from_a_peak_nothing_is_touched(murmur: Pcm) -> None:
    sound = murmur.copy()
    sound[50_000] = 1.5
    limited = limit(sound, ratio(-2.0))
    changed = np.flatnonzero(limited != sound)
    assert len(changed) > 0
    assert changed.min() >= 50_000 - 300
    assert changed.max() <= 50_000 + 300


def test_pieces_of_a_second_leave_no_trace(murmur: Pcm) -> None:
    loud = np.tile(murmur, 2) * np.float32(6)
    late = np.concatenate((np.zeros(20_000, np.float32), loud))
    np.testing.assert_allclose(limit(late, 0.7)[20_000:], limit(loud, 0.7), atol=1e-6)
