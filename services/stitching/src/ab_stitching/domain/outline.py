"""The outline of a sound: its largest sample per 10 ms, small enough to store and to draw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE

Outline: TypeAlias = npt.NDArray[np.uint8]
"""One byte per 10 ms; 255 is full scale."""

WAVEFORM_POINTS = 400
"""As many as a phone's screen can show side by side."""

_BIN = SAMPLE_RATE // 100
_FULL = 255


def outline(pcm: Pcm) -> Outline:
    """The outline of one plane.

    Args:
        pcm: ``(n,)`` samples at 48 kHz.

    Returns:
        ``ceil(n / 480)`` values; what is louder than full scale counts as full scale.
    """
    padded = np.pad(np.abs(pcm), (0, -len(pcm) % _BIN)).reshape(-1, _BIN)
    # Rounded up: a sound that is there is never drawn as silence.
    peaks: Outline = np.ceil(np.minimum(padded.max(axis=1), 1.0) * _FULL).astype(np.uint8)
    return peaks


def waveform(parts: Iterable[tuple[int, Outline]], length: int) -> tuple[float, ...]:
    """What a player draws of a whole track.

    Args:
        parts: start in samples and outline of each read, in playing order.
        length: samples in the track.

    Returns:
        ``WAVEFORM_POINTS`` peaks from 0 to 1, each the largest of an equal share of the track.
    """
    # An outline's last 10 ms may reach beyond the end by less than one of them.
    track = np.zeros(length // _BIN + 2, np.uint8)
    for start, peaks in parts:
        first = start // _BIN
        here = track[first : first + len(peaks)]
        np.maximum(here, peaks[: len(here)], out=here)
    edges = np.linspace(0, length / _BIN, WAVEFORM_POINTS, endpoint=False).astype(int)
    largest = np.maximum.reduceat(track, edges)
    return tuple(round(float(peak) / _FULL, 3) for peak in largest)
