from __future__ import annotations

import math

import pytest
from ab_session.domain.balance import voice_to_bed
from ab_session.domain.captions import WordTimes, cues
from ab_shared.contracts.media import Segment
from ab_shared.contracts.speech import WordSpan
from hypothesis import given
from hypothesis import strategies as st
from session_memory.samples import plan_of, session_of

READ = plan_of(session_of()).reads[0]
LEVELS = st.floats(-60, -10)
VOLUMES = st.floats(0.01, 1)


def test_words_count_from_where_the_read_was_cut() -> None:
    times = {
        READ.prepared_address: WordTimes(
            180, (WordSpan(first=2, last=4, start_ms=480, end_ms=700),)
        )
    }
    (cue,) = cues([READ], [Segment(start_ms=5000, end_ms=7000)], times)
    (word,) = cue.words
    assert (word.text, word.start_ms, word.end_ms) == ("am", 5300, 5520)


@given(st.integers(0, 4000), st.integers(0, 4000), st.integers(0, 4000))
def test_a_word_never_leaves_its_cue(trimmed: int, start: int, length: int) -> None:
    span = WordSpan(first=0, last=1, start_ms=start, end_ms=start + length)
    times = {READ.prepared_address: WordTimes(trimmed, (span,))}
    (cue,) = cues([READ], [Segment(start_ms=1000, end_ms=3000)], times)
    (word,) = cue.words
    assert cue.start_ms <= word.start_ms <= word.end_ms <= cue.end_ms


def test_cues_need_a_place_for_each_read() -> None:
    with pytest.raises(ValueError, match="shorter"):
        cues([READ], [], {})


@given(LEVELS, VOLUMES, LEVELS, VOLUMES)
def test_turning_the_voice_down_brings_it_closer_to_its_beds(
    voice: float, volume: float, bed: float, bed_volume: float
) -> None:
    near = voice_to_bed((voice, volume / 2), [(bed, bed_volume)])
    far = voice_to_bed((voice, volume), [(bed, bed_volume)])
    assert near is not None
    assert far == pytest.approx(near + 20 * math.log10(2))


@given(LEVELS, LEVELS, VOLUMES)
def test_two_equal_beds_are_three_decibels_more_than_one(
    voice: float, bed: float, volume: float
) -> None:
    one = voice_to_bed((voice, 1), [(bed, volume)])
    two = voice_to_bed((voice, 1), [(bed, volume)] * 2)
    assert two is not None
    assert one == pytest.approx(two + 10 * math.log10(2))


@pytest.mark.parametrize(("volume", "bed"), [(0.0, 1.0), (1.0, 0.0)])
def test_what_is_turned_off_has_no_distance(volume: float, bed: float) -> None:
    assert voice_to_bed((-20, volume), [(-34, bed)]) is None
