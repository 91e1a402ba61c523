"""Tones with a whole number of periods in the loop, and what is built from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import FRAME
from ab_stitching.domain.stems.circle import FRAMES, LENGTH, SECONDS

_OCTAVE_LEVEL = 0.06
_ROWS = 256

SLOWER = 8
"""A choir is made at an eighth of the rate: there is nothing above 2.5 kHz in it."""
CHOIR_LENGTH = LENGTH // SLOWER
_TAPS = 12
# Most of a section holds the note; if all strayed, it would fade to nothing now and then.
_TOGETHER, _STRAYING = 0.8, 0.6


def whole_periods(hz: float) -> int:
    """Periods of the nearest tone that fits the loop (within 2.8 mHz)."""
    return round(hz * SECONDS)


def tone(hz: float, phase: float = 0.0, *, into: Pcm | None = None) -> Pcm:
    """A sine of ``(LENGTH,)`` samples, ``into`` a given loop or a new one; ``phase`` in turns.

    The angle-sum formula over two small tables: exact phases, no sine per sample.
    """
    turns = whole_periods(hz)
    inner = 2.0 * np.pi / LENGTH * (np.arange(FRAME) * turns % LENGTH)
    starts = np.arange(FRAMES) * FRAME * turns % LENGTH
    outer = 2.0 * np.pi * (starts / LENGTH + phase)
    sin_in, cos_in = np.sin(inner).astype(np.float32), np.cos(inner).astype(np.float32)
    sin_out, cos_out = np.sin(outer).astype(np.float32), np.cos(outer).astype(np.float32)
    loop = np.empty(LENGTH, np.float32) if into is None else into
    out = loop.reshape(FRAMES, FRAME)
    for at in range(0, FRAMES, _ROWS):
        rows = slice(at, at + _ROWS)
        np.multiply(sin_out[rows, None], cos_in, out=out[rows])
        out[rows] += cos_out[rows, None] * sin_in
    return loop


def binaural(carrier_hz: float, beat_hz: float) -> Pcm:
    """``(2, LENGTH)``: the carrier less half the beat left, plus half the beat right."""
    loop = np.empty((2, LENGTH), np.float32)
    tone(carrier_hz - beat_hz / 2, into=loop[0])
    tone(carrier_hz + beat_hz / 2, into=loop[1])
    return loop


def solfeggio(hz: float) -> Pcm:
    """``(LENGTH,)``, the same for both ears: the tone and a breath of its octave."""
    loop = tone(2 * hz, phase=0.25)
    loop *= np.float32(_OCTAVE_LEVEL)
    loop += tone(hz)
    return loop


def choir(
    rng: np.random.Generator, partials: Sequence[tuple[float, float]], spread_hz: float
) -> Pcm:
    """Many voices on the same notes, ``(CHOIR_LENGTH,)`` samples at an eighth of the rate.

    Each partial is a narrow hump of lines with phases by chance (Nasca, 2006, "PADsynth"):
    what a section of singers or strings adds up to. It never repeats within the loop.

    Args:
        rng: the phases' source of chance.
        partials: pitch in Hz, below 2.5 kHz, and level of each.
        spread_hz: how far the voices stray from 200 Hz; more for what is higher.
    """
    spectrum = np.zeros(CHOIR_LENGTH // 2 + 1, np.complex64)
    for hz, level in partials:
        middle = whole_periods(hz)
        width = max(1.0, spread_hz * (0.4 + hz / 330.0) * SECONDS)
        reach = round(3 * width)
        lines = np.arange(max(1, middle - reach), middle + reach + 1)
        hump = np.exp(-0.5 * np.square((lines - middle) / width))
        hump *= level / np.sqrt(np.square(hump).sum())
        spectrum[lines] += _STRAYING * hump * np.exp(2j * np.pi * rng.uniform(size=len(lines)))
        spectrum[middle] += _TOGETHER * level * np.exp(2j * np.pi * rng.uniform())
    spectrum *= np.float32(CHOIR_LENGTH / 2)
    return np.fft.irfft(spectrum, CHOIR_LENGTH).astype(np.float32, copy=False)


def add_faster(loop: Pcm, slow: Pcm) -> None:
    """Adds a choir to ``(LENGTH,)`` samples at the full rate: eight phases of a windowed sinc."""
    reach = _TAPS * SLOWER
    offset = np.arange(-reach, reach + 1) / SLOWER
    taps = np.sinc(offset) * np.kaiser(2 * reach + 1, 8.0)
    padded = np.pad(slow, _TAPS, mode="wrap")
    fast = loop.reshape(-1, SLOWER)
    for phase in range(SLOWER):
        kernel = taps[phase::SLOWER].astype(np.float32)
        # The first phase has one tap more than the others; both start 12 samples early.
        start = 0 if phase == 0 else 1
        fast[:, phase] += np.convolve(padded, kernel, "valid")[start : start + len(slow)]
