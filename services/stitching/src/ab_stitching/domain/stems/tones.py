"""Tones with a whole number of periods in the loop, and what is built from them."""

from __future__ import annotations

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import FRAME
from ab_stitching.domain.stems.circle import FRAMES, LENGTH, SECONDS

_OCTAVE_LEVEL = 0.06
_ROWS = 256


def whole_periods(hz: float) -> int:
    """Periods of the nearest tone that fits the loop (within 2.8 mHz)."""
    return round(hz * SECONDS)


def tone(hz: float, phase: float = 0.0) -> Pcm:
    """A sine of ``(LENGTH,)`` samples; ``phase`` in turns.

    The angle-sum formula over two small tables: exact phases, no sine per sample.
    """
    turns = whole_periods(hz)
    inner = 2.0 * np.pi / LENGTH * (np.arange(FRAME) * turns % LENGTH)
    starts = np.arange(FRAMES) * FRAME * turns % LENGTH
    outer = 2.0 * np.pi * (starts / LENGTH + phase)
    sin_in, cos_in = np.sin(inner).astype(np.float32), np.cos(inner).astype(np.float32)
    sin_out, cos_out = np.sin(outer).astype(np.float32), np.cos(outer).astype(np.float32)
    out = np.empty((FRAMES, FRAME), np.float32)
    for at in range(0, FRAMES, _ROWS):
        rows = slice(at, at + _ROWS)
        np.multiply(sin_out[rows, None], cos_in, out=out[rows])
        out[rows] += cos_out[rows, None] * sin_in
    return out.reshape(LENGTH)


def binaural(carrier_hz: float, beat_hz: float) -> Pcm:
    """``(2, LENGTH)``: the carrier less half the beat left, plus half the beat right."""
    loop = np.empty((2, LENGTH), np.float32)
    loop[0] = tone(carrier_hz - beat_hz / 2)
    loop[1] = tone(carrier_hz + beat_hz / 2)
    return loop


def solfeggio(hz: float) -> Pcm:
    """``(LENGTH,)``, the same for both ears: the tone and a breath of its octave."""
    loop = tone(2 * hz, phase=0.25)
    loop *= np.float32(_OCTAVE_LEVEL)
    loop += tone(hz)
    return loop
