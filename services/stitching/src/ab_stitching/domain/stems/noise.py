"""Noise of any colour that goes round in a circle: all of a bed's noises in one pass.

Independent noises add up by their power, so any number of layers, each with its spectrum and
its envelope, is one noise whose spectrum changes from frame to frame: a random spectrum of
that power, transformed back and overlapped (sine windows at half overlap add up to one).
Nothing in it repeats before the loop does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import FRAME, SAMPLE_RATE
from ab_stitching.domain.stems.circle import FRAMES, LENGTH, Envelope

Frequencies = npt.NDArray[np.float64]
Colour = Callable[[Frequencies], Frequencies]
"""Amplitude for each frequency in Hz (never below 1)."""

_FFT = 4 * FRAME
_HOP = 2 * FRAME
_BLOCKS = LENGTH // _HOP
_ROWS = 64
_TABLE = 1 << 16
# Ears 17 cm apart in sound from everywhere (Cook et al., 1955, "Measurement of correlation
# coefficients in reverberant sound fields"): alike in the bass, strangers from 1 kHz on.
_EAR_DELAY_S = 0.17 / 343.0


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One noise of a bed.

    Attributes:
        colour: its spectrum.
        level: its RMS in each ear while the envelope is 1.
        envelope: ``(FRAMES,)`` for both ears or ``(2, FRAMES)``.
        lean: -1 is left only, 1 right only.
    """

    colour: Colour
    level: float
    envelope: Envelope | None = None
    lean: float = 0.0


def band(low_hz: float, high_hz: float, *, order: int = 2, tilt_db: float = 0.0) -> Colour:
    """A band with soft edges; ``tilt_db`` per octave within it (pink is -3, brown -6)."""

    def amplitude(hz: Frequencies) -> Frequencies:
        edges = np.sqrt((1 + (low_hz / hz) ** (2 * order)) * (1 + (hz / high_hz) ** (2 * order)))
        tilt: Frequencies = (hz / low_hz) ** (tilt_db / 6.02)
        return tilt / edges

    return amplitude


def add_noise(loop: Pcm, rng: np.random.Generator, layers: Sequence[Layer]) -> None:
    """Adds layers of noise to ``(2, LENGTH)`` samples in place, as a listener among them hears."""
    spectra = np.stack([_power(layer.colour) for layer in layers])
    courses = np.stack([_course(layer) for layer in layers], axis=1)
    chance = (rng.standard_normal((_TABLE, 2), np.float32) * np.float32(0.5**0.5)).view(
        np.complex64
    )
    alike = np.sinc(2 * np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE) * _EAR_DELAY_S).astype(np.float32)
    apart = np.sqrt(1 - alike**2)
    for at in range(0, _BLOCKS, _ROWS):
        picks = rng.integers(0, _TABLE, (2, _ROWS, spectra.shape[1]), np.uint16)
        left = chance[picks[0], 0]
        right = alike * left + apart * chance[picks[1], 0]
        for ear, spectrum in enumerate((left, right)):
            power = _mixed(courses[ear, :, at : at + _ROWS], spectra)
            _overlap(loop[ear], at, _sound(spectrum * np.sqrt(power)))


def _sound(spectrum: npt.NDArray[np.complex64]) -> Pcm:
    return np.fft.irfft(spectrum, _FFT).astype(np.float32, copy=False)


def _power(colour: Colour) -> Pcm:
    """The power of each bin for noise of 1 RMS."""
    hz = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE)
    power = np.square(colour(np.maximum(hz, 1.0)))
    power[[0, -1]] = 0.0
    scaled: Pcm = (power * (_FFT**2 / 2 / power.sum())).astype(np.float32)
    return scaled


def _course(layer: Layer) -> Pcm:
    """The layer's power per ear and block, ``(2, _BLOCKS)``."""
    envelope = np.ones(FRAMES, np.float32) if layer.envelope is None else layer.envelope
    sides = np.array([min(1.0, 1.0 - layer.lean), min(1.0, 1.0 + layer.lean)])
    ears = np.broadcast_to(envelope, (2, FRAMES))[:, :: _HOP // FRAME]
    return np.square(layer.level * sides[:, None] * ears).astype(np.float32)


def _mixed(courses: Pcm, spectra: Pcm) -> Pcm:
    # No matrix product: its library would start threads of its own beside ours.
    power: Pcm = courses[0, :, None] * spectra[0]
    for course, spectrum in zip(courses[1:], spectra[1:], strict=True):
        power += course[:, None] * spectrum
    return power


def _overlap(ear: Pcm, first: int, pieces: Pcm) -> None:
    pieces *= np.sin(np.pi * (np.arange(_FFT, dtype=np.float32) + 0.5) / _FFT).astype(np.float32)
    rows = ear.reshape(_BLOCKS, _HOP)
    rows[first : first + len(pieces)] += pieces[:, :_HOP]
    last = first + len(pieces)
    rows[first + 1 : last] += pieces[:-1, _HOP:]
    rows[last % _BLOCKS] += pieces[-1, _HOP:]
