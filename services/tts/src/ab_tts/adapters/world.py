"""The WORLD vocoder: gives recorded speech another speaker's pitch, vocal tract and breath.

Morise, Yokomori, Ozawa: WORLD, a vocoder-based high-quality speech synthesis system (2016).
"""

from __future__ import annotations

import importlib
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from ab_tts.domain.delivery import VoiceShape
from ab_tts.domain.melody import VOICED_HZ, Track
from ab_tts.domain.waveform import Samples

Frames = NDArray[np.float64]

FRAME_MS = 10.0
"""5 ms sounds and measures the same here and costs half as much again."""
# Outside it there is little speech, and a tilt would only raise rumble and hiss.
TILT_BAND_HZ = (250.0, 8000.0)
TILT_CENTRE_HZ = 1000.0
# WORLD takes logarithms and wants an aperiodicity strictly between 0 and 1.
QUIETEST = 1e-6


class _Vocoder(Protocol):
    def cheaptrick(self, x: Track, f0: Track, times: Track, rate: int) -> Frames: ...

    def d4c(self, x: Track, f0: Track, times: Track, rate: int) -> Frames: ...

    def synthesize(
        self, f0: Track, envelope: Frames, aperiodicity: Frames, rate: int, frame_ms: float
    ) -> Track: ...


class World:
    """Takes speech apart into melody, envelope and breath, and puts it together changed."""

    def __init__(self) -> None:
        self._vocoder = cast("_Vocoder", importlib.import_module("pyworld"))

    def reshape(
        self,
        samples: Samples,
        rate: int,
        spoken: Track,
        wanted: Track,
        frames_per_second: float,
        shape: VoiceShape,
    ) -> Samples:
        """The samples in another voice, of the same length.

        ``spoken`` is the melody in the samples and ``wanted`` the one to hear before the shape's
        pitch factor, both in hertz with a frame centred in each 1 / ``frames_per_second``.
        """
        signal = samples.astype(np.float64)
        count = int(1000 * len(signal) / rate / FRAME_MS) + 1
        times: Track = np.arange(count, dtype=np.float64) * (FRAME_MS / 1000)
        places: Track = times * frames_per_second - 0.5
        melody = _at(spoken, places)
        envelope = self._vocoder.cheaptrick(signal, melody, times, rate)
        breath = self._vocoder.d4c(signal, melody, times, rate)
        spoken_anew = self._vocoder.synthesize(
            _at(wanted, places) * shape.pitch,
            _tilted(_warped(np.log(envelope), shape.formant), rate, shape.tilt_db),
            np.clip(_warped(breath, shape.formant) ** (1 / shape.breath), QUIETEST, 1 - QUIETEST),
            rate,
            FRAME_MS,
        )
        return spoken_anew[: len(signal)].astype(np.float32)


def _at(track: Track, places: Track) -> Track:
    """The melody at fractional frame numbers, 0 where there is no voice."""
    voiced = np.flatnonzero(track > VOICED_HZ)
    if not len(voiced):
        return np.zeros(len(places))
    nearest = np.clip(np.round(places).astype(int), 0, len(track) - 1)
    between = np.exp(np.interp(places, voiced, np.log(track[voiced])))
    return np.where(track[nearest] > VOICED_HZ, between, 0.0)


def _warped(frames: Frames, factor: float) -> Frames:
    """Frames by frequency bins, with what stood at f now at ``factor`` times f."""
    last = frames.shape[1] - 1
    source = np.minimum(np.arange(last + 1) / factor, last - QUIETEST)
    low = source.astype(int)
    share = source - low
    return np.ascontiguousarray(frames[:, low] * (1 - share) + frames[:, low + 1] * share)


def _tilted(log_envelope: Frames, rate: int, db_per_octave: float) -> Frames:
    """The power envelope out of its logarithm, tilted around 1 kHz."""
    hertz = np.linspace(0, rate / 2, log_envelope.shape[1])
    octaves = np.log2(np.clip(hertz, *TILT_BAND_HZ) / TILT_CENTRE_HZ)
    tilted: Frames = np.exp(log_envelope + octaves * (db_per_octave * np.log(10) / 10))
    return tilted
