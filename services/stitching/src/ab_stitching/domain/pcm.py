"""The one shape sound has inside this service."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Pcm: TypeAlias = npt.NDArray[np.float32]
"""Samples at 48 kHz in [-1, 1]: ``(n,)`` for one plane, ``(2, n)`` for left and right."""

Energies: TypeAlias = npt.NDArray[np.float64]
"""K-weighted energy per 10 ms bin, summed over the bin's samples."""


def ratio(decibels: float) -> float:
    """Amplitude ratio of a level in dB."""
    return float(10.0 ** (decibels / 20.0))


def decibels(amplitude: float) -> float:
    """Level in dB of an amplitude ratio; silence is -200 dB, so that it stays a number."""
    return float(20.0 * np.log10(max(amplitude, 1e-10)))
