"""How well a loop closes: its boundary measured against the sound's own restlessness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE

_WINDOW = SAMPLE_RATE // 4
_ALLOWED_JUMP = 2.0
_EVERY = 7
_BANDS = 25
# A dB below which two windows count as alike: even a pure tone's never come out equal.
_JUST_AUDIBLE_DB = 0.25

Levels = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SeamQuality:
    """The seam of a loop.

    ``risk`` is the worst of three measures, each over what it may be: the jump at the
    boundary (twice the 99.9th percentile of ordinary sample steps), and the RMS and
    spectral distance of the last and first 250 ms (the 99th percentile of neighbouring
    windows). Up to 1 nothing is heard.
    """

    jump: float
    rms: float
    spectrum: float

    @property
    def risk(self) -> float:
        """The worst measure over its allowance."""
        return max(self.jump, self.rms, self.spectrum)

    @property
    def seam_risk_score(self) -> float:
        """The same between 0 and 1; 0.5 is where a seam begins to be heard."""
        return self.risk / (1.0 + self.risk)

    @property
    def needs_runtime_crossfade(self) -> bool:
        """Whether the player should hide the seam."""
        return self.risk > 1.0


def seam_quality(pcm: Pcm) -> SeamQuality:
    """Measures ``(n,)`` or ``(2, n)`` samples of at least a second; the worse ear counts."""
    ears = np.atleast_2d(pcm)
    found = [_one_ear(ear) for ear in ears]
    return SeamQuality(
        jump=max(ear.jump for ear in found),
        rms=max(ear.rms for ear in found),
        spectrum=max(ear.spectrum for ear in found),
    )


def _one_ear(pcm: Pcm) -> SeamQuality:
    after = pcm[1::_EVERY]
    steps = np.abs(after - pcm[::_EVERY][: len(after)])
    ordinary = max(float(np.percentile(steps, 99.9)), 1e-9)
    rms, bands = _window_levels(pcm)
    return SeamQuality(
        jump=abs(float(pcm[0] - pcm[-1])) / ordinary / _ALLOWED_JUMP,
        rms=_against_neighbours(_db(rms)),
        spectrum=_against_neighbours(_db(bands)),
    )


def _window_levels(pcm: Pcm) -> tuple[Levels, Levels]:
    """Power of each 250 ms, ``(k, 1)``, and in its bands, ``(k, 25)``.

    The last window ends with the loop.
    """
    count = len(pcm) // _WINDOW
    hann = np.hanning(_WINDOW).astype(np.float32)
    edges = np.geomspace(40, 16_000, _BANDS + 1) * _WINDOW / SAMPLE_RATE
    bounds = edges.astype(np.int64)
    rms, bands = np.empty((count, 1)), np.empty((count, _BANDS))
    for index in range(count):
        start = index * _WINDOW if index < count - 1 else len(pcm) - _WINDOW
        window = pcm[start : start + _WINDOW]
        rms[index] = np.mean(np.square(window))
        power = np.square(np.abs(np.fft.rfft(window * hann)))
        bands[index] = np.add.reduceat(power, bounds)[:-1] / np.diff(bounds)
    return rms, bands


def _db(power: Levels) -> Levels:
    # 60 dB below the loudest nothing is heard: without a floor, dither would decide.
    decibels: Levels = 10.0 * np.log10(power + power.max() * 1e-6 + 1e-20)
    return decibels


def _against_neighbours(levels: Levels) -> float:
    ordinary = np.abs(np.diff(levels, axis=0)).mean(axis=1)
    seam = float(np.abs(levels[0] - levels[-1]).mean())
    return seam / max(float(np.percentile(ordinary, 99)), _JUST_AUDIBLE_DB)
