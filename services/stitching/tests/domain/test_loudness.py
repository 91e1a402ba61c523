from __future__ import annotations

import numpy as np
import pytest
from ab_stitching.domain.loudness import (
    BIN,
    bin_energies,
    compose,
    integrated_loudness,
    read_loudness,
)
from ab_stitching.domain.pcm import Pcm, ratio
from hypothesis import given, settings
from hypothesis import strategies as st


def sine(hz: float, level_db: float, seconds: float) -> Pcm:
    time = np.arange(round(seconds * 48_000)) / 48_000
    return (ratio(level_db) * np.sin(2 * np.pi * hz * time)).astype(np.float32)


@pytest.mark.parametrize("level", [-40.0, -23.0, -6.0])
def test_a_stereo_sine_of_1_khz_is_as_loud_as_its_level(level: float) -> None:
    # EBU Tech 3341, cases 1 and 2.
    assert integrated_loudness(bin_energies(sine(1000, level, 10))) == pytest.approx(level, abs=0.1)


def test_the_gates_leave_out_silence_and_what_is_10_lu_quieter() -> None:
    # EBU Tech 3341, case 3: -36, -23 and -36 dBFS for 10, 60 and 10 s are -23 LUFS.
    quiet, loud = sine(1000, -36, 10), sine(1000, -23, 60)
    silence = np.zeros(5 * 48_000, np.float32)
    sound = np.concatenate((silence, quiet, loud, quiet, silence))
    assert integrated_loudness(bin_energies(sound)) == pytest.approx(-23, abs=0.1)


def test_nothing_is_minus_70() -> None:
    assert integrated_loudness(bin_energies(np.zeros(48_000, np.float32))) == -70.0
    assert integrated_loudness(bin_energies(np.zeros(0, np.float32))) == -70.0


def test_the_low_end_counts_less_and_the_high_end_more() -> None:
    low, middle, high = (
        integrated_loudness(bin_energies(sine(hz, -20, 5))) for hz in (30, 1000, 6000)
    )
    assert low < middle - 8
    assert high == pytest.approx(middle + 3.3, abs=0.3)


def test_blocks_do_not_show_where_they_meet(rng: np.random.Generator) -> None:
    sound = rng.standard_normal(3 * 48_000).astype(np.float32)
    late = np.concatenate((np.zeros(100 * BIN, np.float32), sound))
    np.testing.assert_allclose(bin_energies(late)[100:], bin_energies(sound), rtol=1e-3, atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 200_000), st.floats(0.01, 1.0))
def test_a_merge_is_as_loud_as_its_reads_put_together(start: int, level: float) -> None:
    read = sine(700, -20, 1.5) * np.float32(level)
    length = start + len(read) + 48_000
    whole = np.zeros(length, np.float32)
    whole[start : start + len(read)] = read
    composed = integrated_loudness(compose([(start, bin_energies(read))], length))
    assert composed == pytest.approx(integrated_loudness(bin_energies(whole)), abs=0.05)


def test_a_read_has_one_loudness_wherever_it_lands(murmur: Pcm) -> None:
    bins = bin_energies(murmur)
    alone = read_loudness(bins)
    landed = [
        integrated_loudness(compose([(start, bins)], start + 4 * 48_000))
        for start in range(24_000, 40_000, 1024)
    ]
    assert np.mean(landed) == pytest.approx(alone, abs=0.1)
