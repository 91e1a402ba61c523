"""Where each read of a track begins, on the AAC frame grid, without errors adding up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ab_stitching.domain.profile import FRAME, AudioProfile, samples


@dataclass(frozen=True, slots=True)
class Placement:
    """One read's place: the ideal start, and the frame nearest to it."""

    ideal_start: int
    first_frame: int

    @property
    def start(self) -> int:
        """First sample of the read in the track."""
        return self.first_frame * FRAME


@dataclass(frozen=True, slots=True)
class Timeline:
    """The places of all reads and the exact length of the track, in samples."""

    placements: tuple[Placement, ...]
    length: int

    @property
    def frames(self) -> int:
        """AAC frames the track fills, the last one perhaps in part."""
        return -(-self.length // FRAME)


def lay_out(lengths: Sequence[int], profile: AudioProfile) -> Timeline:
    """Places reads in playing order: first read, short gap, second read, long gap, and on.

    Each start is rounded from its ideal place, which is computed from unrounded lengths:
    at most half a frame (10.7 ms) off, hence at most one frame (21.4 ms) for a gap. The
    long gap also follows the last read, so that the loop keeps its pace.

    Args:
        lengths: samples of each read; the reads of a line stand side by side.
        profile: padding and gaps.

    Raises:
        ValueError: no reads, or one without samples: the caller's mistake, not the sound's.
    """
    if not lengths or min(lengths) <= 0:
        raise ValueError("A track needs reads, and each of them samples.")
    gaps = (samples(profile.gap_after_first_read_ms), samples(profile.gap_after_second_read_ms))
    ideal = samples(profile.lead_in_ms)
    placements = []
    for index, length in enumerate(lengths):
        placements.append(Placement(ideal, (ideal + FRAME // 2) // FRAME))
        ideal += length + gaps[index % 2]
    return Timeline(tuple(placements), ideal + samples(profile.lead_out_ms))
