"""Arithmetic on the melody of speech: a track of fundamental frequencies, in hertz."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from ab_tts.domain.delivery import Intonation

Track = NDArray[np.float64]

VOICED_HZ = 60.0
"""Below this a frame of the track holds no voice."""
SEMITONES = 12.0
SWAY_HZ = (0.45, 0.95)
SWAY_SHARES = (0.65, 0.35)


def bend(track: Track, rate: float, wanted: Intonation, seed: int, text: str) -> Track:
    """The track with another intonation; frames without voice stay as they are.

    ``track`` has one frequency per frame, ``rate`` frames a second. The waves' phases come from a
    hash of seed and text, so that each line sways in its own way and always in the same one.
    """
    voiced = track > VOICED_HZ
    if wanted == Intonation() or not voiced.any():
        return track
    median = float(np.median(track[voiced]))
    place = np.linspace(0.5, -0.5, len(track))
    waves = _waves(len(track), rate, seed, text)
    # levelled over the voice: on a one-word line the waves could undo the lift
    sway = wanted.sway * (waves - float(np.mean(waves[voiced])))
    shift = wanted.lift + wanted.fall * place + sway
    melody = wanted.liveliness * np.log2(np.maximum(track, VOICED_HZ) / median)
    return np.where(voiced, median * 2.0 ** (melody + shift / SEMITONES), track)


def _waves(frames: int, rate: float, seed: int, text: str) -> Track:
    """Two slow sine waves that together reach ±1."""
    digest = sha256(f"{seed}\n{text}".encode()).digest()
    seconds = np.arange(frames) / rate
    total = np.zeros(frames)
    for index, (hertz, share) in enumerate(zip(SWAY_HZ, SWAY_SHARES, strict=True)):
        phase = int.from_bytes(digest[4 * index : 4 * index + 4], "big") / 2**32
        total += share * np.sin(2 * np.pi * (hertz * seconds + phase))
    return total
