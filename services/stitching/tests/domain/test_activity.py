from __future__ import annotations

from itertools import pairwise

import numpy as np
from ab_stitching.domain.activity import Voice, voice_activity
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import VOICE
from hypothesis import given, settings
from hypothesis import strategies as st


def stretches(*parts: tuple[int, float]) -> Pcm:
    return np.concatenate([np.full(ms * 48, level, np.float32) for ms, level in parts])


def test_speech_stands_between_silences() -> None:
    sound = stretches((100, 0), (300, 0.1), (400, 0), (500, 0.1), (50, 0))
    assert voice_activity(sound, VOICE) == (Voice(100, 400), Voice(800, 1300))


def test_a_short_pause_belongs_to_the_speech() -> None:
    assert voice_activity(stretches((300, 0.1), (199, 0), (300, 0.1)), VOICE) == (Voice(0, 799),)
    assert len(voice_activity(stretches((300, 0.1), (200, 0), (300, 0.1)), VOICE)) == 2


def test_a_burst_under_120_ms_is_no_speech() -> None:
    assert voice_activity(stretches((119, 0.1), (300, 0)), VOICE) == ()
    assert voice_activity(stretches((120, 0.1), (300, 0)), VOICE) == (Voice(0, 120),)


def test_35_db_is_the_threshold() -> None:
    assert voice_activity(stretches((400, 0.0177)), VOICE) == ()
    assert voice_activity(stretches((400, 0.0179)), VOICE) == (Voice(0, 400),)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 600), st.sampled_from([0.0, 0.2])), max_size=12))
def test_segments_are_ordered_apart_and_long_enough(parts: list[tuple[int, float]]) -> None:
    found = voice_activity(stretches((1, 0.0), *parts), VOICE)
    assert all(voice.end_ms - voice.start_ms >= VOICE.min_voice_ms for voice in found)
    for before, after in pairwise(found):
        assert after.start_ms - before.end_ms >= VOICE.min_silence_ms
