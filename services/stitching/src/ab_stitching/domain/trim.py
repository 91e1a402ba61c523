"""Cuts the silence off both ends of a read, by one fixed rule."""

from __future__ import annotations

import numpy as np

from ab_stitching.domain.errors import Silent
from ab_stitching.domain.pcm import Pcm, ratio
from ab_stitching.domain.profile import AudioProfile, samples


def sounding(pcm: Pcm, profile: AudioProfile) -> slice:
    """Where the sound is: from the first to the last loud sample, with a little air.

    Args:
        pcm: ``(n,)`` samples of one plane.
        profile: threshold in dBFS and how many ms to keep on either side.

    Raises:
        Silent: nothing in it is above the threshold.
    """
    loud = np.flatnonzero(np.abs(pcm) > ratio(profile.trim_threshold_db))
    if not len(loud):
        raise Silent("The read holds no sound above the trimming threshold.")
    keep = samples(profile.trim_keep_ms)
    return slice(max(0, int(loud[0]) - keep), int(loud[-1]) + 1 + keep)
