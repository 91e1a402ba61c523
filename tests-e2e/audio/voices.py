"""What tells one voice from another: median pitch and the long-term colour of its spectrum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from audio.ffmpeg import Sound

Levels = NDArray[np.float64]

RATE = 24_000
WINDOW, HOP, SIZE = 1024, 480, 4096
SHORTEST_PERIOD, LONGEST_PERIOD = 72, 370
"""65 to 330 Hz."""
PERIODIC = 0.6
EDGES_HZ = np.geomspace(400, 8000, 9)


@dataclass(frozen=True, slots=True)
class Portrait:
    """A voice as numbers: median fundamental in Hz, levels of eight bands around their mean."""

    pitch: float
    colour: tuple[float, ...]


def portrait(reads: Sequence[Sound]) -> Portrait:
    """The portrait of 24 kHz speech."""
    pitches = np.concatenate([pitch_track(read) for read in reads])
    levels = np.concatenate([band_levels(read) for read in reads]).mean(0)
    return Portrait(float(np.median(pitches)), tuple((levels - levels.mean()).tolist()))


def pitch_track(sound: Sound) -> Levels:
    """Hertz of 43 ms windows by autocorrelation; of near-equal peaks the shortest period."""
    taper = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(WINDOW), SIZE)) ** 2)
    power = np.abs(np.fft.rfft(_windows(sound, 0.02), SIZE, axis=1)) ** 2
    likeness = np.fft.irfft(power, axis=1)[:, :LONGEST_PERIOD]
    likeness = likeness / likeness[:, :1] / (taper[:LONGEST_PERIOD] / taper[0])
    lags = likeness[:, SHORTEST_PERIOD:]
    clear = lags[lags.max(1) > PERIODIC]
    first = np.argmax(clear > 0.9 * clear.max(1, keepdims=True), axis=1)
    near = [int(np.argmax(row[at : at + 20])) for at, row in zip(first, clear, strict=True)]
    return RATE / (SHORTEST_PERIOD + first + np.array(near))


def band_levels(sound: Sound) -> Levels:
    """Levels in dB of eight bands from 400 Hz to 8 kHz, a row for each window.

    The bands are wide and begin above the first harmonics, so that pitch alone does not show.
    """
    power = np.abs(np.fft.rfft(_windows(sound, 0.01), axis=1)) ** 2
    band = np.digitize(np.fft.rfftfreq(WINDOW, 1 / RATE), EDGES_HZ)
    return np.stack([10 * np.log10(power[:, band == one].sum(1) + 1e-9) for one in range(1, 9)], 1)


def semitones(one: Portrait, other: Portrait) -> float:
    """How far apart the pitches are."""
    return float(abs(12 * np.log2(one.pitch / other.pitch)))


def distance(one: Portrait, other: Portrait) -> float:
    """The root mean square difference of the colours in dB."""
    return float(np.sqrt(np.mean(np.subtract(one.colour, other.colour) ** 2)))


def nearest(portraits: Mapping[str, Portrait]) -> tuple[float, float]:
    """The smallest interval and the smallest spectral distance between any two voices."""
    pairs = list(combinations(portraits.values(), 2))
    return min(semitones(*pair) for pair in pairs), min(distance(*pair) for pair in pairs)


def _windows(sound: Sound, floor: float) -> NDArray[np.float64]:
    """Tapered windows that hold more than ``floor`` of the loudest one's energy."""
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    energy = np.square(windows, dtype=np.float64).sum(1)
    loud: NDArray[np.float64] = windows[energy > energy.max() * floor] * np.hanning(WINDOW)
    return loud
