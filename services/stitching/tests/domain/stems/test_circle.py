from __future__ import annotations

import numpy as np
import pytest
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import (
    FFT,
    FRAMES,
    LENGTH,
    SECONDS,
    STEP,
    add_round,
    drift,
    filter_round,
    pulses,
    scattered,
    shape,
)
from ab_stitching.domain.stems.noise import band, noise
from ab_stitching.domain.stems.tones import binaural, solfeggio, tone, whole_periods
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=40, deadline=None)
@given(st.integers(-3000, 3000), st.integers(1, 1000))
def test_what_passes_the_end_begins_anew(start: int, length: int) -> None:
    loop = np.zeros(1000, np.float32)
    sound = np.arange(1, length + 1, dtype=np.float32)
    add_round(loop, sound, start)
    np.testing.assert_array_equal(np.roll(loop, -start)[:length], sound)


def test_filtering_knows_no_beginning(rng: np.random.Generator) -> None:
    sound = rng.standard_normal(4 * STEP).astype(np.float32)
    response = band(200, 4000)(np.maximum(np.fft.rfftfreq(FFT, 1 / 48_000), 1))
    once = filter_round(sound, response.astype(np.complex64), lead=STEP // 2)
    turned = filter_round(np.roll(sound, 12_345), response.astype(np.complex64), lead=STEP // 2)
    np.testing.assert_allclose(np.roll(once, 12_345), turned, atol=1e-3)


def test_an_envelope_is_linear_between_its_points() -> None:
    sound = np.ones(4 * 1024, np.float32)
    shape(sound, np.array([0, 1, 2, 1], np.float32))
    np.testing.assert_allclose(sound[[0, 512, 1024, 2560, 3584]], [0, 0.5, 1, 1.5, 0.5])


def test_envelopes_close(rng: np.random.Generator) -> None:
    for envelope in (drift(rng, 0.05, 2.0, 3.0), pulses(scattered(rng, 9, 0.5), 2.0, 3.0)):
        steps = np.abs(np.diff(envelope))
        assert len(envelope) == FRAMES
        assert abs(envelope[0] - envelope[-1]) <= steps.max()


@pytest.mark.parametrize("hz", [40, 963])
def test_a_tone_has_whole_periods_and_the_right_pitch(hz: float) -> None:
    assert whole_periods(hz) / SECONDS == pytest.approx(hz, abs=0.003)
    sound = tone(hz)
    turns = np.arange(0, LENGTH, 9973) * whole_periods(hz) % LENGTH / LENGTH
    np.testing.assert_allclose(sound[::9973], np.sin(2 * np.pi * turns), atol=1e-6)


def test_the_ears_of_a_binaural_stem_are_a_beat_apart() -> None:
    loop = binaural(400, 13.5)
    left, right = (np.count_nonzero((ear[:-1] < 0) & (ear[1:] >= 0)) / SECONDS for ear in loop)
    assert left == pytest.approx(400 - 6.75, abs=0.01)
    assert right == pytest.approx(400 + 6.75, abs=0.01)


def test_a_solfeggio_stem_is_one_tone_and_a_breath_of_its_octave() -> None:
    spectrum = np.abs(np.fft.rfft(solfeggio(528)))
    tone_at, octave_at = whole_periods(528), whole_periods(1056)
    assert 20 * np.log10(spectrum[octave_at] / spectrum[tone_at]) == pytest.approx(-24.4, abs=0.2)
    spectrum[[tone_at, octave_at]] = 0
    assert spectrum.max() < LENGTH * 1e-6


def level_between(sound: Pcm, low: float, high: float) -> float:
    power = np.square(np.abs(np.fft.rfft(sound[: 1 << 18])))
    hz = np.fft.rfftfreq(1 << 18, 1 / 48_000)
    return float(10 * np.log10(power[(hz >= low) & (hz < high)].mean()))


def test_noise_has_its_colour_and_two_independent_ears(rng: np.random.Generator) -> None:
    left, right = noise(rng, band(500, 2000, order=4))
    assert np.sqrt(np.mean(np.square(left))) == pytest.approx(1, abs=1e-3)
    assert abs(float(np.mean(left * right))) < 0.01
    assert level_between(left, 800, 1200) > level_between(left, 100, 200) + 35
    assert level_between(left, 800, 1200) > level_between(left, 8000, 9000) + 35
