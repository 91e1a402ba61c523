"""What is measured on sound itself, with nothing but arithmetic; every measure can fail.

A *join* is either end of a read in a track. The measure of a click there is the largest step
between neighbouring samples from where the codec's silence begins to 2 ms inside the read, in dB
of full scale: faded sound stays far below -60 dB, a hard cut does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from audio.ffmpeg import RATE, Sound

TRIM_DB = -50.0
KEPT_AIR_MS = 30
LEAD_IN_MS, LEAD_OUT_MS = 500, 750
GAPS_MS = (1500, 4000)
BEFORE, AFTER = 1024 + 1, 2 * 1024
"""How far the codec's windows reach: a frame before a read, up to two behind its last sample."""
JOIN_INSIDE = 2 * RATE // 1000
SEARCHED = RATE // 5
LIKENESS_REACH = RATE // 2
QUIETEST_DB = -200.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a read was found in a track, in samples, and how alike it is to its source."""

    start: int
    length: int
    likeness: float

    @property
    def end(self) -> int:
        """The first sample after it."""
        return self.start + self.length


def samples(milliseconds: float) -> int:
    return round(milliseconds * RATE / 1000)


def trimmed(sound: Sound) -> Sound:
    """From the first to the last sample above -50 dB, and 30 ms on either side."""
    loud = np.flatnonzero(np.abs(sound) > 10 ** (TRIM_DB / 20))
    air = samples(KEPT_AIR_MS)
    return sound[max(0, loud[0] - air) : loud[-1] + 1 + air]


def ideal_starts(lengths: Sequence[int]) -> list[int]:
    """Where reads of these lengths begin when every gap is exact; last, where the track ends."""
    at, starts = samples(LEAD_IN_MS), []
    for place, length in enumerate(lengths):
        starts.append(at)
        at += length + samples(GAPS_MS[place % 2])
    return [*starts, at + samples(LEAD_OUT_MS)]


def find(read: Sound, track: Sound, expected: int) -> Place:
    """The place within 200 ms of ``expected`` where the track is most like the read."""
    first = max(0, expected - SEARCHED)
    heard = track[first : expected + len(read) + SEARCHED]
    size = 1 << (len(heard) + len(read)).bit_length()
    product = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(read, size))
    lags = np.fft.irfft(product, size)[: max(1, len(heard) - len(read) + 1)]
    lag = int(np.argmax(lags))
    found = heard[lag : lag + len(read)]
    energy = float(np.sqrt(np.sum(read**2) * np.sum(found**2)))
    return Place(first + lag, len(read), float(lags[lag]) / max(energy, 1e-12))


def gaps_ms(places: Sequence[Place]) -> list[float]:
    """The silences between trimmed edges."""
    return [(after.start - one.end) * 1000 / RATE for one, after in pairwise(places)]


def loudest_silence(track: Sound, places: Sequence[Place]) -> float:
    """The largest sample where no read and no window of the codec reaches."""
    outside = np.ones(len(track), bool)
    for place in places:
        outside[max(0, place.start - BEFORE) : place.end + AFTER] = False
    return float(np.max(np.abs(track[outside]), initial=0.0))


def roughest_join_db(track: Sound, places: Sequence[Place]) -> float:
    """The largest step at any join, see the top of this file."""
    steps = np.abs(np.diff(track))
    worst = 0.0
    for place in places:
        begin = steps[max(0, place.start - BEFORE) : place.start + JOIN_INSIDE]
        end = steps[place.end - JOIN_INSIDE : place.end + AFTER]
        worst = max(worst, float(begin.max(initial=0)), float(end.max(initial=0)))
    return float(20 * np.log10(worst)) if worst else QUIETEST_DB


def likeness(one: Sound, other: Sound) -> float:
    """The largest normalised cross-correlation at any lag within half a second."""
    size = 1 << (len(one) + len(other)).bit_length()
    lags = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    near = np.concatenate([lags[: LIKENESS_REACH + 1], lags[-LIKENESS_REACH:]])
    energy = np.sqrt(np.sum(one**2) * np.sum(other**2))
    return float(np.abs(near).max() / max(energy, 1e-12))


def worst_edge_ms(
    claimed: Sequence[tuple[float, float]], heard: Sequence[tuple[float, float]]
) -> float:
    """The largest distance between edges of segments; infinite where their number differs."""
    if len(claimed) != len(heard):
        return float("inf")
    return float(np.max(np.abs(np.subtract(claimed, heard)), initial=0.0))
