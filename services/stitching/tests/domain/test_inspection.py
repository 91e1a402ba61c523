from __future__ import annotations

import numpy as np
import pytest
from ab_stitching.domain.inspection import PIECE, inspect
from ab_stitching.domain.loudness import bin_energies, integrated_loudness
from ab_stitching.domain.pcm import Pcm
from hypothesis import given, settings
from hypothesis import strategies as st

NOISE = np.random.default_rng(1).normal(0, 0.05, 5 * 48_000).astype(np.float32)


def cut(pcm: Pcm, edges: list[int]) -> list[Pcm]:
    return [piece for piece in np.split(pcm, sorted(edges), axis=1) if piece.shape[1]]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, len(NOISE) - 1), max_size=5, unique=True))
def test_it_does_not_matter_how_the_sound_arrives(edges: list[int]) -> None:
    stereo = np.stack((NOISE, NOISE / 2))
    whole, pieces = inspect([stereo]), inspect(cut(stereo, edges))
    assert pieces.samples == whole.samples == len(NOISE)
    assert pieces.lufs == whole.lufs
    assert pieces.true_peak_db == whole.true_peak_db
    np.testing.assert_array_equal(pieces.envelope, whole.envelope)


def test_a_long_file_is_as_loud_as_if_it_were_measured_at_once() -> None:
    mono = np.tile(NOISE, 2 * PIECE // len(NOISE) + 3)[None]
    expected = integrated_loudness(bin_energies(mono[0]), planes=1)
    heard = inspect([mono])
    assert heard.lufs == pytest.approx(expected, abs=0.02)
    assert heard.planes == 1
    assert heard.momentary[5:] == pytest.approx(expected, abs=1.5)


def test_equal_ears_are_told_from_different_ones() -> None:
    assert inspect([np.stack((NOISE, NOISE))]).planes_equal
    assert not inspect([np.stack((NOISE, NOISE[::-1]))]).planes_equal


def test_speech_is_found_between_silences() -> None:
    sound = np.zeros((2, 96_000), np.float32)
    sound[:, 24_000:72_000] = NOISE[:48_000]
    (voice,) = inspect([sound]).segments
    assert (voice.start_ms, voice.end_ms) == (500, 1500)


def test_a_file_without_sound_is_refused() -> None:
    with pytest.raises(ValueError, match="no sound"):
        inspect([np.zeros((2, 0), np.float32)])
