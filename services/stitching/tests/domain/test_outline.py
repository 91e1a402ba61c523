from __future__ import annotations

import numpy as np
from ab_stitching.domain.outline import WAVEFORM_POINTS, outline, waveform
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

SOUND = arrays(np.float32, st.integers(1, 3000), elements=st.floats(-2, 2, width=32))


@settings(deadline=None, max_examples=60)
@given(SOUND)
def test_an_outline_is_the_largest_sample_of_each_10_ms(pcm: np.ndarray) -> None:
    peaks = outline(pcm)
    assert len(peaks) == -(-len(pcm) // 480)
    for index, peak in enumerate(peaks):
        loudest = min(1.0, float(np.abs(pcm[index * 480 : (index + 1) * 480]).max()))
        assert -1e-6 < peak / 255 - loudest < 1 / 255 + 1e-6


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 40), st.integers(1, 50), st.integers(1, 255))
def test_a_waveform_is_loud_where_the_read_is(before: int, length: int, level: int) -> None:
    total = 480 * 4000
    start = before * 4800
    points = waveform([(start, np.full(length, level, np.uint8))], total)
    share = total / WAVEFORM_POINTS
    first, last = start / share, (start + length * 480) / share
    assert len(points) == WAVEFORM_POINTS
    for index, point in enumerate(points):
        inside = first - 1 < index < last
        assert point in {0.0, round(level / 255, 3)}
        assert inside or point == 0
    assert max(points) == round(level / 255, 3)


def test_what_reaches_beyond_the_end_is_left_out() -> None:
    points = waveform([(4800 * 99, np.full(400, 9, np.uint8))], 480_000)
    assert points[0] == 0
    assert points[-1] > 0
