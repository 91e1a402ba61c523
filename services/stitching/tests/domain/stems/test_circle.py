from __future__ import annotations

import numpy as np
import pytest
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import (
    FRAMES,
    LENGTH,
    SECONDS,
    begin_calmly,
    crowded,
    drift,
    paced,
    pulses,
    shape,
)
from ab_stitching.domain.stems.grains import strew
from ab_stitching.domain.stems.noise import Layer, add_noise, band
from ab_stitching.domain.stems.tones import (
    add_faster,
    binaural,
    choir,
    solfeggio,
    tone,
    whole_periods,
)
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=40, deadline=None)
@given(st.integers(-2 * LENGTH, 2 * LENGTH), st.integers(1, 1000))
def test_what_passes_the_end_begins_anew(start: int, length: int) -> None:
    loop = np.zeros((2, LENGTH), np.float32)
    sound = np.arange(1, 2 * length + 1, dtype=np.float32).reshape(2, length)
    strew(loop, [sound], (start + 0.25) / 48_000, 0.5)
    places = (start + np.arange(length)) % LENGTH
    np.testing.assert_array_equal(loop[:, places], sound / 2)


def test_a_loop_is_turned_to_where_least_is_going_on(rng: np.random.Generator) -> None:
    for quiet in (0.1, 0.9):
        sound = rng.standard_normal((2, LENGTH)).astype(np.float32)
        middle = round(quiet * FRAMES) * 1024
        sound[:, middle - 48_000 : middle + 48_000] *= np.float32(0.05)
        turned = sound.copy()
        begin_calmly(turned)
        assert np.abs(turned[:, :12_000]).max() < 0.4 > np.abs(turned[:, -12_000:]).max()
        shift = int(np.flatnonzero(sound[0] == turned[0, 0])[0])
        np.testing.assert_array_equal(turned, np.roll(sound, -shift, axis=1))


def test_an_envelope_is_linear_between_its_points() -> None:
    sound = np.ones(4 * 1024, np.float32)
    shape(sound, np.array([0, 1, 2, 1], np.float32))
    np.testing.assert_allclose(sound[[0, 512, 1024, 2560, 3584]], [0, 0.5, 1, 1.5, 0.5])


def test_envelopes_close(rng: np.random.Generator) -> None:
    for envelope in (drift(rng, 0.05, 2.0, 3.0), pulses(paced(rng, 20.0, 0.5), 2.0, 3.0)):
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


def test_noise_has_its_colour_and_its_level(rng: np.random.Generator) -> None:
    loop = np.zeros((2, LENGTH), np.float32)
    add_noise(loop, rng, [Layer(band(500, 2000, order=4), 0.25)])
    for ear in loop:
        assert np.sqrt(np.mean(np.square(ear))) == pytest.approx(0.25, rel=0.01)
        assert level_between(ear, 800, 1200) > level_between(ear, 100, 200) + 35
        assert level_between(ear, 800, 1200) > level_between(ear, 8000, 9000) + 35


def test_noise_is_alike_in_the_bass_and_strange_in_the_treble(rng: np.random.Generator) -> None:
    for low, high, least, most in ((40, 90, 0.9, 1.0), (3000, 6000, -0.1, 0.1)):
        left, right = loop = np.zeros((2, LENGTH), np.float32)
        add_noise(loop, rng, [Layer(band(low, high, order=6), 1.0)])
        assert least <= float(np.mean(left * right)) <= most


def test_layers_follow_their_envelopes_and_sides(rng: np.random.Generator) -> None:
    half = np.repeat(np.array([1, 0], np.float32), FRAMES // 2)
    left, right = loop = np.zeros((2, LENGTH), np.float32)
    layers = [
        Layer(band(300, 900), 0.2, envelope=half),
        Layer(band(300, 900), 0.1, lean=1.0),
    ]
    add_noise(loop, rng, layers)
    middle = LENGTH // 2
    assert np.std(left[:middle]) == pytest.approx(0.2, rel=0.03)
    assert np.std(left[middle + 4096 : -4096]) < 1e-6
    assert np.std(right[:middle]) == pytest.approx((0.2**2 + 0.1**2) ** 0.5, rel=0.03)
    assert np.std(right[middle + 4096 : -4096]) == pytest.approx(0.1, rel=0.03)


def test_no_noise_repeats_within_the_loop(rng: np.random.Generator) -> None:
    loop = np.zeros((2, LENGTH), np.float32)
    add_noise(loop, rng, [Layer(band(300, 3000), 1.0)])
    spectrum = np.fft.rfft(loop[0])
    alike = np.fft.irfft(np.square(np.abs(spectrum)), LENGTH)
    assert np.abs(alike[4800 : LENGTH // 2]).max() < 0.01 * alike[0]


def test_moments_come_at_their_pace_and_where_it_is_dense(rng: np.random.Generator) -> None:
    steps = np.diff(paced(rng, 0.5, 0.1))
    assert steps.mean() == pytest.approx(0.5, rel=0.01)
    assert steps.std() == pytest.approx(0.05, rel=0.2)
    late = np.repeat(np.array([0, 1], np.float32), FRAMES // 2)
    moments = crowded(rng, 10, late)
    assert len(moments) == round(10 * SECONDS)
    assert moments.min() >= SECONDS / 2 - 0.03


def test_a_choir_sings_its_notes_and_nothing_else(rng: np.random.Generator) -> None:
    loop = np.zeros(LENGTH, np.float32)
    add_faster(loop, choir(rng, ((200.0, 1.0), (2300.0, 0.3)), 0.3))
    assert 6 < level_between(loop, 190, 210) - level_between(loop, 2290, 2310) < 16
    assert level_between(loop, 190, 210) > level_between(loop, 300, 2000) + 50
    assert level_between(loop, 190, 210) > level_between(loop, 3000, 20_000) + 50
