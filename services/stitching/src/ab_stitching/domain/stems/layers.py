"""Layers a background is built of: a noise that breathes, a bird that repeats itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import SECONDS, Envelope, drift, pulses, scattered, shape
from ab_stitching.domain.stems.grains import chirp, strew
from ab_stitching.domain.stems.noise import Colour, noise

Flutter = tuple[float, float, float]
"""Slowest and fastest wander in Hz, and its depth in dB."""


def add_noise(
    loop: Pcm,
    rng: np.random.Generator,
    colour: Colour,
    level: float,
    *,
    flutter: Flutter | None = None,
    envelope: Envelope | None = None,
    lean: float = 0.0,
) -> None:
    """Adds a noise layer in place.

    Args:
        loop: ``(2, LENGTH)``.
        rng: the recipe's source of chance.
        colour: the layer's spectrum.
        level: its RMS while the envelopes are 1.
        flutter: a wander for each ear of its own.
        envelope: one for both ears.
        lean: -1 is left only, 1 right only.
    """
    layer = noise(rng, colour)
    sides = (min(1.0, 1.0 - lean), min(1.0, 1.0 + lean))
    for ear, side in enumerate(sides):
        if flutter:
            shape(layer[ear], drift(rng, *flutter))
        if envelope is not None:
            shape(layer[ear], envelope)
        layer[ear] *= np.float32(level * side)
    loop += layer


def whistle(
    loop: Pcm,
    rng: np.random.Generator,
    points_hz: Sequence[float],
    length_s: float,
    *,
    syllables: int,
    times: int,
    level: float,
    flutter_hz: float = 0.0,
) -> None:
    """One bird: a phrase of a few syllables, sung ``times`` round the loop from one place."""
    voices = [
        chirp([hz * rng.uniform(0.94, 1.06) for hz in points_hz], length_s, flutter_hz=flutter_hz)
        for _ in range(syllables)
    ]
    phrases = scattered(rng, times, 0.8)
    steps = np.arange(syllables) * length_s * 1.5
    starts = (phrases[:, None] + steps).ravel() % SECONDS
    strengths = np.repeat(level * rng.uniform(0.4, 1.0, times), syllables)
    strew(loop, voices, starts, strengths, rng.uniform(-0.8, 0.8))


def gusts(rng: np.random.Generator) -> Envelope:
    """Wind: long swells of unequal strength over a restless calm."""
    count = 11
    swell = pulses(scattered(rng, count, 0.8), 4.5, 4.0, rng.uniform(0.4, 1.0, count))
    restless: Envelope = swell + np.float32(0.15) * drift(rng, 0.05, 1.5, 3.0)
    return restless
