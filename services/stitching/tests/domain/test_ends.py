from __future__ import annotations

import numpy as np
import pytest
from ab_stitching.domain.errors import Silent
from ab_stitching.domain.fades import fade_ends
from ab_stitching.domain.profile import VOICE, samples
from ab_stitching.domain.trim import sounding
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 9000), st.integers(1, 9000), st.integers(0, 9000))
def test_trimming_keeps_the_sound_and_30_ms_around_it(before: int, voice: int, after: int) -> None:
    sound = np.concatenate((np.zeros(before), np.full(voice, 0.1), np.zeros(after)))
    kept = sound[sounding(sound.astype(np.float32), VOICE)]
    keep = samples(30)
    assert len(kept) == min(before, keep) + voice + min(after, keep)
    assert np.count_nonzero(kept) == voice


def test_what_is_below_50_db_is_no_sound() -> None:
    with pytest.raises(Silent):
        sounding(np.full(4800, 0.003, np.float32), VOICE)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 5000))
def test_fades_reach_silence_and_leave_the_middle_alone(length: int) -> None:
    sound = np.ones(length, np.float32)
    faded = fade_ends(sound, 8)
    edge = min(samples(8), length // 2)
    assert np.all(sound == 1)
    assert np.all(faded[edge : length - edge] == 1)
    if edge:
        assert faded[0] == faded[-1] == 0
        assert np.all(np.diff(faded[:edge]) >= 0)
