"""The limiter of a stream: the same whatever the blocks, never above its ceiling."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from ab_stitching.domain.mixdown_limiter import StreamLimiter
from ab_stitching.domain.mixdown_mix import Block
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.peaks import peak_above, peak_bound, true_peak
from hypothesis import given, settings
from hypothesis import strategies as st

CEILING = 0.794
SHORTEST = 300


def noise(seed: int, length: int, level: float) -> Pcm:
    dice = np.random.default_rng(seed)
    swell = 0.2 + 0.8 * np.abs(np.sin(np.arange(length) / 3000))
    return (level * swell * dice.standard_normal((2, length))).astype(np.float32)


def blocks(pcm: Pcm, sizes: list[int]) -> Iterator[Block]:
    at = 0
    for size in [*sizes, pcm.shape[1]]:
        piece = pcm[:, at : at + size]
        at += size
        if piece.shape[1]:
            yield Block(piece, peak_bound(np.concatenate(piece)))


def limited(pcm: Pcm, sizes: list[int]) -> tuple[Pcm, float]:
    limiter = StreamLimiter(CEILING)
    out = list(limiter.limited(blocks(pcm, sizes)))
    return np.concatenate(out, axis=1), limiter.highest


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 1000), st.lists(st.integers(SHORTEST, 9000), max_size=6))
def test_blocks_do_not_change_the_sound(seed: int, sizes: list[int]) -> None:
    pcm = noise(seed, 24_000, 0.35)
    at_once, _ = limited(pcm, [])
    in_blocks, _ = limited(pcm, sizes)
    np.testing.assert_allclose(in_blocks, at_once, atol=2e-5)
    assert max(true_peak(ear) for ear in in_blocks) <= CEILING * 1.01


def test_what_is_quiet_passes_untouched() -> None:
    pcm = noise(1, 40_000, 0.02)
    out, highest = limited(pcm, [5000, 5000, 9000])
    np.testing.assert_array_equal(out, pcm)
    assert highest == pytest.approx(max(true_peak(ear) for ear in pcm), rel=1e-3)


def test_both_ears_get_one_gain() -> None:
    pcm = noise(2, 30_000, 0.35)
    out, _ = limited(pcm, [10_000])
    loud = (np.abs(pcm) > 0.02).all(axis=0)
    gains = out[:, loud] / pcm[:, loud]
    np.testing.assert_allclose(gains[0], gains[1], atol=1e-4)
    assert float(gains.min()) < 0.95


def test_it_remembers_the_highest_peak() -> None:
    out, highest = limited(noise(3, 30_000, 0.35), [7000, 9000])
    assert highest == pytest.approx(max(true_peak(ear) for ear in out), rel=0.01)
    assert highest <= CEILING * 1.01


def test_nothing_in_is_nothing_out() -> None:
    assert list(StreamLimiter(CEILING).limited([])) == []


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 1000), st.floats(0.01, 1.0), st.floats(0.0, 1.0))
def test_a_peak_above_a_floor_is_the_true_peak(seed: int, level: float, floor: float) -> None:
    pcm = noise(seed, 5000, level)[0]
    exact = true_peak(pcm)
    found = peak_above(pcm, floor)
    assert peak_bound(pcm) >= exact
    if exact > floor:
        assert found == pytest.approx(exact, rel=1e-5)
    else:
        assert found <= floor
