"""A loop in memory, as the mixer sees one."""

from __future__ import annotations

import numpy as np
from ab_stitching.domain.pcm import Pcm


class ArrayLoop:
    """Implements ``Loop``; ``pcm`` is ``(1, n)`` or ``(2, n)``."""

    def __init__(self, pcm: Pcm) -> None:
        self._pcm = pcm
        self.length = pcm.shape[1]

    def read(self, at: int, count: int) -> Pcm:
        return self._pcm[:, (at + np.arange(count)) % self.length]

    def peak(self, at: int, count: int) -> float:
        return 2 * float(np.max(np.abs(self.read(at, count)), initial=0.0))


def constant(level: float, length: int, planes: int = 2) -> ArrayLoop:
    return ArrayLoop(np.full((planes, length), level, np.float32))
