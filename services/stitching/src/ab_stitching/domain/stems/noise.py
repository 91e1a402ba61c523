"""Noise of any colour that goes round in a circle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import FRAME, SAMPLE_RATE
from ab_stitching.domain.stems.circle import FFT, FRAMES, LENGTH, STEP, filter_round

Frequencies = npt.NDArray[np.float64]
Colour = Callable[[Frequencies], Frequencies]
"""Amplitude for each frequency in Hz (never below 1)."""

_BED_FRAMES = FRAMES // 4


def band(low_hz: float, high_hz: float, *, order: int = 2, tilt_db: float = 0.0) -> Colour:
    """A band with soft edges; ``tilt_db`` per octave within it (pink is -3, brown -6)."""

    def amplitude(hz: Frequencies) -> Frequencies:
        edges = np.sqrt((1 + (low_hz / hz) ** (2 * order)) * (1 + (hz / high_hz) ** (2 * order)))
        tilt: Frequencies = (hz / low_hz) ** (tilt_db / 6.02)
        return tilt / edges

    return amplitude


def noise(rng: np.random.Generator, colour: Colour) -> Pcm:
    """``(2, LENGTH)`` of noise, 1 RMS, its ears independent.

    A bed of 45 s goes round four times: nobody hears noise repeat, envelopes laid over it
    don't, and it costs a quarter.
    """
    hz = np.fft.rfftfreq(FFT, 1.0 / SAMPLE_RATE)
    response = colour(np.maximum(hz, 1.0)).astype(np.complex64)
    out = np.empty((2, LENGTH), np.float32)
    for ear in out:
        white = rng.standard_normal(_BED_FRAMES * FRAME, dtype=np.float32)
        bed = filter_round(white, response, lead=STEP // 2)
        bed /= np.sqrt(np.mean(np.square(bed)))
        ear.reshape(4, -1)[:] = bed
    return out
