"""Raised-sine fades, so that no join can click."""

from __future__ import annotations

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import samples


def fade_ends(pcm: Pcm, milliseconds: int) -> Pcm:
    """A copy that rises from and falls to digital silence (``sin²`` over ``milliseconds``).

    A sound shorter than two fades gets shorter ones, so that they never overlap.
    """
    out = pcm.copy()
    length = min(samples(milliseconds), len(out) // 2)
    if length:
        rise = np.square(np.sin(np.linspace(0.0, np.pi / 2, length, dtype=np.float32)))
        out[:length] *= rise
        out[-length:] *= rise[::-1]
    return out
