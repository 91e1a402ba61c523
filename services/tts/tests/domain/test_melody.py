from __future__ import annotations

import numpy as np
from ab_tts.domain.delivery import Intonation
from ab_tts.domain.melody import VOICED_HZ, bend
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

RATE = 80.0
LIVELY = Intonation(liveliness=1.2, lift=-2.0, fall=1.0, sway=0.8)
tracks = arrays(np.float64, st.integers(1, 200), elements=st.floats(0, 400))


def test_a_lift_of_twelve_semitones_is_an_octave() -> None:
    track = np.array([0.0, 100.0, 200.0, 50.0])
    lifted = bend(track, RATE, Intonation(lift=12.0), 1, "a")
    assert lifted.tolist() == [0.0, 200.0, 400.0, 50.0]


def test_a_fall_ends_lower_than_it_began() -> None:
    bent = bend(np.full(81, 200.0), RATE, Intonation(fall=2.0), 1, "a")
    assert np.isclose(12 * np.log2(bent[0] / bent[-1]), 2.0)


def test_liveliness_widens_the_range_around_the_median() -> None:
    bent = bend(np.array([100.0, 200.0, 400.0]), RATE, Intonation(liveliness=2.0), 1, "a")
    assert np.allclose(bent, [50.0, 200.0, 800.0])


def test_the_sway_belongs_to_the_line_and_never_undoes_the_lift() -> None:
    track = np.full(30, 200.0)
    wanted = Intonation(lift=-2.0, sway=0.8)
    one, again = (bend(track, RATE, wanted, 2, "I rest.") for _ in range(2))
    other = bend(track, RATE, wanted, 2, "I breathe.")
    assert (one == again).all()
    assert not np.allclose(one, other)
    for bent in (one, other):
        assert np.isclose(np.mean(12 * np.log2(bent / 200.0)), -2.0)


@given(tracks)
def test_frames_without_voice_stay_and_the_others_remain_finite(
    track: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> None:
    bent = bend(track, RATE, LIVELY, 2, "a")
    voiced = track > VOICED_HZ
    assert (bent[~voiced] == track[~voiced]).all()
    assert np.isfinite(bent).all()
    assert (bent[voiced] > 0).all()


def test_no_wish_changes_nothing() -> None:
    track = np.array([0.0, 123.4])
    assert bend(track, RATE, Intonation(), 1, "a") is track
