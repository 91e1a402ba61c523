"""A limiter for a stream of any length: both ears together, nothing computed where none is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ab_stitching.domain.mixdown_mix import Block
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.peaks import LOOK_AHEAD, limiting_gain, oversampled, peak_above

# What is done to a sample depends on this many to either side of it.
_MARGIN = 2 * LOOK_AHEAD


class StreamLimiter:
    """Keeps true peaks below a ceiling and remembers the highest one it let through."""

    def __init__(self, ceiling: float) -> None:
        self._ceiling = ceiling
        self.highest = 0.0

    def limited(self, blocks: Iterable[Block]) -> Iterator[Pcm]:
        """The same blocks, one later: a block is judged with its neighbours in sight."""
        before = Block(np.zeros((2, 0), np.float32), 0.0)
        here: Block | None = None
        for block in blocks:
            # Whoever makes the blocks may use the same memory again for the next.
            after = Block(block.pcm.copy(), block.bound)
            if here is not None:
                yield self._judged(before, here, after)
                before = here
            here = after
        if here is not None:
            yield self._judged(before, here, Block(np.zeros((2, 0), np.float32), 0.0))

    def _judged(self, before: Block, here: Block, after: Block) -> Pcm:
        bound = max(before.bound, here.bound, after.bound)
        if bound <= self._ceiling and here.bound <= self.highest:
            return here.pcm
        first = before.pcm[:, -_MARGIN:]
        piece = np.concatenate((first, here.pcm, after.pcm[:, :_MARGIN]), axis=1)
        inner = slice(first.shape[1], first.shape[1] + here.pcm.shape[1])
        if bound > self._ceiling and _peak_above(piece, self._ceiling) > self._ceiling:
            # One gain for both ears, so that nothing moves sideways.
            peaks = np.maximum(oversampled(piece[0]), oversampled(piece[1]))
            piece *= limiting_gain(peaks, self._ceiling)
        # A little of both neighbours, or the cuts themselves would ring.
        self.highest = max(self.highest, _peak_above(piece, self.highest))
        return piece[:, inner]


def _peak_above(pcm: Pcm, floor: float) -> float:
    return max(peak_above(ear, floor) for ear in pcm)
