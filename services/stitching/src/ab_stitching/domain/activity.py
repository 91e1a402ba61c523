"""Where somebody speaks: the meaning of ffmpeg's ``silencedetect`` on a 1 ms grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ab_stitching.domain.pcm import Pcm, ratio
from ab_stitching.domain.profile import SAMPLE_RATE, AudioProfile

_GRID = SAMPLE_RATE // 1000


@dataclass(frozen=True, slots=True)
class Voice:
    """A stretch of speech, in milliseconds; the end is the first silent one."""

    start_ms: int
    end_ms: int


def voice_activity(pcm: Pcm, profile: AudioProfile) -> tuple[Voice, ...]:
    """Stretches of speech in ``(n,)`` finished samples."""
    return stretches(peaks_per_ms(pcm), profile)


def peaks_per_ms(pcm: Pcm) -> Pcm:
    """The largest magnitude of each millisecond of ``(n,)`` samples, the last one filled up."""
    grid = np.zeros(-(-len(pcm) // _GRID) * _GRID, np.float32)
    grid[: len(pcm)] = np.abs(pcm)
    peaks: Pcm = grid.reshape(-1, _GRID).max(axis=1)
    return peaks


def stretches(peaks: Pcm, profile: AudioProfile) -> tuple[Voice, ...]:
    """Stretches of speech, told from the peak of each millisecond.

    Below the threshold for at least ``min_silence_ms`` is silence; what lies between and
    is shorter than ``min_voice_ms`` is dropped.
    """
    loud = np.flatnonzero(peaks >= ratio(profile.voice_threshold_db))
    if not len(loud):
        return ()
    pauses = np.flatnonzero(np.diff(loud) > profile.min_silence_ms)
    starts = loud[np.concatenate(([0], pauses + 1))]
    ends = loud[np.concatenate((pauses, [len(loud) - 1]))] + 1
    return tuple(
        Voice(int(start), int(end))
        for start, end in zip(starts, ends, strict=True)
        if end - start >= profile.min_voice_ms
    )
