"""Where somebody speaks: the meaning of ffmpeg's ``silencedetect``, to the sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ab_stitching.domain.pcm import Pcm, ratio
from ab_stitching.domain.profile import SAMPLE_RATE, AudioProfile

_PER_MS = SAMPLE_RATE // 1000


@dataclass(frozen=True, slots=True)
class Voice:
    """A stretch of speech, in milliseconds; the end is the first silent one."""

    start_ms: int
    end_ms: int


def voice_activity(pcm: Pcm, profile: AudioProfile) -> tuple[Voice, ...]:
    """Stretches of speech in ``(n,)`` samples as a listener's decoder gives them.

    Below the threshold for at least ``min_silence_ms`` is silence; what lies between and
    is shorter than ``min_voice_ms`` is dropped. Only the result is rounded to milliseconds:
    a codec moves samples across the threshold, and a coarse look makes other pauses of them.
    """
    return _between_pauses(np.abs(pcm), profile, _PER_MS)


def peaks_per_ms(pcm: Pcm) -> Pcm:
    """The largest magnitude of each millisecond of ``(n,)`` samples, the last one filled up."""
    grid = np.zeros(-(-len(pcm) // _PER_MS) * _PER_MS, np.float32)
    grid[: len(pcm)] = np.abs(pcm)
    peaks: Pcm = grid.reshape(-1, _PER_MS).max(axis=1)
    return peaks


def stretches(peaks: Pcm, profile: AudioProfile) -> tuple[Voice, ...]:
    """The same, to the millisecond, told from the peak of each."""
    return _between_pauses(peaks, profile, 1)


def _between_pauses(magnitudes: Pcm, profile: AudioProfile, per_ms: int) -> tuple[Voice, ...]:
    loud = np.flatnonzero(magnitudes >= ratio(profile.voice_threshold_db))
    if not len(loud):
        return ()
    pauses = np.flatnonzero(np.diff(loud) > profile.min_silence_ms * per_ms)
    starts = loud[np.concatenate(([0], pauses + 1))]
    ends = loud[np.concatenate((pauses, [len(loud) - 1]))] + 1
    # Halves go upwards, all of them: what is 200 ms apart stays so.
    return tuple(
        Voice(int(start + per_ms // 2) // per_ms, int(end + per_ms // 2) // per_ms)
        for start, end in zip(starts, ends, strict=True)
        if end - start >= profile.min_voice_ms * per_ms
    )
