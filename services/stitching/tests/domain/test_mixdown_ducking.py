"""The duck curve: where it is, how steep it is, and that going round leaves no seam."""

from __future__ import annotations

import numpy as np
import pytest
from ab_stitching.domain.activity import Voice
from ab_stitching.domain.mixdown_ducking import (
    ATTACK_MS,
    LOOK_AHEAD_MS,
    RELEASE_MS,
    duck_curve,
    voice_end,
)
from hypothesis import given
from hypothesis import strategies as st

ROUND = 20_000
NEVER = 10**9


@st.composite
def spoken(draw: st.DrawFn) -> tuple[Voice, ...]:
    """Segments as voice activity finds them: apart by 200 ms, none under 120 ms."""
    position, found = draw(st.integers(0, 3000)), []
    for _ in range(draw(st.integers(0, 6))):
        length = draw(st.integers(120, 2500))
        if position + length > ROUND:
            break
        found.append(Voice(position, position + length))
        position += length + draw(st.integers(200, 4000))
    return tuple(found)


@given(spoken())
def test_amounts_stay_between_none_and_all(segments: tuple[Voice, ...]) -> None:
    amounts = duck_curve(segments, ROUND, NEVER).amounts
    assert len(amounts) == ROUND + 1
    assert float(amounts.min()) >= 0
    assert float(amounts.max()) <= 1
    if not segments:
        assert not amounts.any()


@given(spoken())
def test_no_step_is_larger_than_an_attack_or_a_release_makes(segments: tuple[Voice, ...]) -> None:
    amounts = duck_curve(segments, ROUND, NEVER).amounts.astype(np.float64)
    round_again = np.diff(np.append(amounts[:-1], amounts[0]))
    assert round_again.max() <= 1 - np.exp(-3 / ATTACK_MS) + 1e-6
    assert -round_again.min() <= 1 - np.exp(-3 / RELEASE_MS) + 1e-6
    assert amounts[-1] == pytest.approx(amounts[0], abs=1e-3)


@given(spoken())
def test_the_beds_are_down_when_the_voice_begins_and_rise_only_after_it(
    segments: tuple[Voice, ...],
) -> None:
    amounts = duck_curve(segments, ROUND, NEVER).amounts
    for voice in segments:
        if voice.start_ms >= LOOK_AHEAD_MS:
            assert amounts[voice.start_ms] > 0.92
        inside = amounts[voice.start_ms : voice.end_ms]
        assert np.all(np.diff(inside) >= -1e-6)
        assert amounts[voice.end_ms - 1] > 0.97


def test_attack_and_release_take_their_time() -> None:
    amounts = duck_curve((Voice(5000, 9000),), ROUND, NEVER).amounts
    begin = 5000 - LOOK_AHEAD_MS
    assert amounts[begin] == 0
    assert amounts[begin + ATTACK_MS] == pytest.approx(0.95, abs=0.005)
    assert amounts[9000 + RELEASE_MS] == pytest.approx(0.05, abs=0.005)
    assert amounts[9000 + 2 * RELEASE_MS] < 0.003


def test_a_look_ahead_reaches_back_into_the_round_before() -> None:
    amounts = duck_curve((Voice(20, 1000),), ROUND, NEVER).amounts
    assert amounts[ROUND - 61] == pytest.approx(0, abs=1e-6)
    assert amounts[ROUND - 30] > 0.5
    assert amounts[0] > amounts[ROUND - 30]


def test_after_the_last_phrase_only_the_release_is_left() -> None:
    segments = (Voice(1000, 3000), Voice(5000, 8000))
    until = 2 * ROUND + 6000
    end = voice_end(segments, ROUND, until)
    assert end == 2 * ROUND + 5000 - LOOK_AHEAD_MS
    curve = duck_curve(segments, ROUND, end)
    before = curve.stretch(2000, 2 * ROUND + 2000, 1000)
    np.testing.assert_array_equal(before, curve.amounts[2000:3000])
    late = curve.stretch(4000, 2 * ROUND + 4000, 3000)
    assert np.all(np.diff(late) <= 0)
    assert late[-1] < 1e-3


@given(spoken(), st.integers(1, 5 * ROUND))
def test_no_phrase_is_cut_by_the_end(segments: tuple[Voice, ...], until: int) -> None:
    end = voice_end(segments, ROUND, until)
    assert 0 <= end <= until
    for number in range(6):
        for voice in segments:
            start, stop = number * ROUND + voice.start_ms, number * ROUND + voice.end_ms
            assert not start < end < stop


def test_a_voice_that_never_speaks_is_never_ended() -> None:
    assert voice_end((), ROUND, 60_000) == 60_000
