"""What several backgrounds are built of: wind, and a bird somewhere in the wood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE
from ab_stitching.domain.stems.circle import (
    Envelope,
    Floats,
    both_ears,
    drift,
    paced,
    pulses,
    wander,
)
from ab_stitching.domain.stems.grains import chirp, in_air, strew
from ab_stitching.domain.stems.noise import Layer, band

Note = tuple[float, tuple[float, ...], float, float]
"""A syllable: when it begins, its pitches in Hz, its length (both in s) and its level."""
Phrase = Callable[[np.random.Generator], Sequence[Note]]

_HOWL_STEPS = 7


@dataclass(frozen=True, slots=True)
class Place:
    """Where a voice comes from: ``dull`` and ``wet`` grow with the distance."""

    pan: float
    wet: float = 0.5
    dull: int = 1
    echo_s: float = 0.7


def sing(
    loop: Pcm, rng: np.random.Generator, phrase: Phrase, starts_s: Floats, level: float, at: Place
) -> None:
    """Lets a bird sing at these moments; no two of its phrases are alike."""
    for start in starts_s:
        notes = phrase(rng)
        end = max(begin + length for begin, _, length, _ in notes)
        song = np.zeros(round(end * SAMPLE_RATE) + 2, np.float32)
        for begin, points, length, strength in notes:
            syllable = chirp(points, length) * np.float32(strength)
            first = round(begin * SAMPLE_RATE)
            song[first : first + len(syllable)] += syllable[: len(song) - first]
        heard = in_air(song, rng, at.pan, seconds=at.echo_s, wet=at.wet, dull=at.dull)
        strew(loop, [heard], start, level * rng.uniform(0.6, 1.0))


def gusts(rng: np.random.Generator, every_s: float) -> Envelope:
    """Wind: long swells of unequal strength over a restless calm, all of it below 1 Hz."""
    starts = paced(rng, every_s, 0.45)
    swell = pulses(starts, 0.35 * every_s, 0.3 * every_s, rng.uniform(0.35, 1.0, len(starts)))
    blowing: Envelope = (0.22 + swell) * drift(rng, 0.1, 0.9, 1.3)
    return blowing


def howl(
    rng: np.random.Generator, wind: Envelope, low_hz: float, high_hz: float, level: float
) -> list[Layer]:
    """Wind round an edge: a narrow band that climbs with the wind's speed (Strouhal, 1878)."""
    height = np.clip(wind / np.percentile(wind, 99), 0, 1) + 0.06 * wander(rng, 0.2, 0.9)
    pitches = np.geomspace(low_hz, high_hz, _HOWL_STEPS)
    places = np.linspace(0, 1, _HOWL_STEPS)
    width = 1.0 / _HOWL_STEPS
    return [
        Layer(
            band(hz * 0.93, hz * 1.07, order=3),
            level,
            envelope=(wind**1.5 * np.exp(-0.5 * ((height - place) / width) ** 2)).astype(
                np.float32
            ),
            lean=float(lean),
        )
        for hz, place, lean in zip(
            pitches, places, rng.uniform(-0.5, 0.5, _HOWL_STEPS), strict=True
        )
    ]


def breeze(rng: np.random.Generator, level: float) -> list[Layer]:
    """Air in leaves: a soft low rush, and a rustle that comes with the gusts."""
    wind = gusts(rng, 11.0)
    return [
        Layer(band(90, 500, tilt_db=-5), level, envelope=wind * both_ears(rng, 0.05, 0.6, 1.5)),
        Layer(band(700, 4500, tilt_db=-4), 0.3 * level, envelope=wind**1.4),
    ]
