from __future__ import annotations

import pytest
from ab_stitching.domain.profile import FRAME, VOICE
from ab_stitching.domain.timeline import lay_out
from hypothesis import given, settings
from hypothesis import strategies as st

LENGTHS = st.lists(st.integers(1, 60 * 48_000), min_size=1, max_size=100)


@settings(deadline=None, max_examples=60)
@given(LENGTHS)
def test_no_start_is_more_than_half_a_frame_off_however_many_reads(lengths: list[int]) -> None:
    ideal = 24_000
    for index, (length, place) in enumerate(
        zip(lengths, lay_out(lengths, VOICE).placements, strict=True)
    ):
        assert place.ideal_start == ideal
        assert abs(place.start - ideal) <= FRAME // 2
        ideal += length + (72_000 if index % 2 == 0 else 192_000)


@settings(deadline=None, max_examples=60)
@given(LENGTHS)
def test_no_gap_is_more_than_a_frame_off(lengths: list[int]) -> None:
    places = lay_out(lengths, VOICE).placements
    for index in range(len(lengths) - 1):
        gap = places[index + 1].start - places[index].start - lengths[index]
        assert abs(gap - (72_000 if index % 2 == 0 else 192_000)) <= FRAME


@settings(deadline=None, max_examples=60)
@given(LENGTHS)
def test_the_length_is_exact(lengths: list[int]) -> None:
    timeline = lay_out(lengths, VOICE)
    gaps = sum(72_000 if index % 2 == 0 else 192_000 for index in range(len(lengths)))
    assert timeline.length == 24_000 + sum(lengths) + gaps + 36_000
    assert (timeline.frames - 1) * FRAME < timeline.length <= timeline.frames * FRAME


@settings(deadline=None, max_examples=60)
@given(LENGTHS)
def test_packets_of_two_reads_never_meet(lengths: list[int]) -> None:
    timeline = lay_out(lengths, VOICE)
    starts = [place.first_frame for place in timeline.placements] + [timeline.frames + 1]
    for index, length in enumerate(lengths):
        packets = -(-length // FRAME) + 1
        assert starts[index] + packets < starts[index + 1]


@pytest.mark.parametrize("lengths", [[], [0], [100, 0]])
def test_a_track_without_sound_is_a_mistake(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match="needs reads"):
        lay_out(lengths, VOICE)
