"""Backgrounds of water: a brook, the ocean, rain in a forest and rain that pours."""

from __future__ import annotations

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import (
    Floats,
    both_ears,
    crowded,
    drift,
    paced,
    pulses,
    silence,
)
from ab_stitching.domain.stems.grains import bubble, drop, patter, placed, radii
from ab_stitching.domain.stems.layers import Place, breeze, sing
from ab_stitching.domain.stems.meadow import robin
from ab_stitching.domain.stems.noise import Layer, add_noise, band

_CLIMBING = 0.35

# Smallest and largest bubble in mm, bubbles a second, level, and where the stone lies.
_STONES = (
    (3.2, 8.5, 7, 0.50, -0.75),
    (2.6, 7.5, 9, 0.48, 0.45),
    (2.2, 6.0, 16, 0.42, 0.05),
    (1.6, 4.5, 30, 0.36, -0.35),
    (1.2, 3.5, 40, 0.32, 0.80),
    (0.9, 2.6, 55, 0.26, 0.25),
    (0.8, 2.0, 60, 0.20, -0.55),
)


def babbling_brook(rng: np.random.Generator) -> Pcm:
    """Water over seven stones: under each, bubbles in bursts; between them a soft rush."""
    loop = silence()
    layers = [
        Layer(band(330, 1500, tilt_db=-3), 0.15, envelope=both_ears(rng, 0.1, 6.0, 2.2)),
        Layer(band(120, 380, tilt_db=-3), 0.12, envelope=both_ears(rng, 0.1, 8.0, 3.2)),
        Layer(band(1500, 6000, tilt_db=-4), 0.065, envelope=both_ears(rng, 0.1, 5.0, 2.2)),
    ]
    add_noise(loop, rng, layers)
    for low_mm, high_mm, per_second, level, pan in _STONES:
        sizes = radii(rng, low_mm / 1000, high_mm / 1000, 48)
        # Only a bubble near the surface climbs: one in three.
        rises = np.where(rng.uniform(size=48) < _CLIMBING, rng.uniform(0.05, 0.3, 48), 0.0)
        # The larger the bubble, the more air it moves.
        strengths = level * (sizes / sizes.max()) ** 0.7
        bank = [
            placed(bubble(size, rise) * np.float32(strength), pan + rng.uniform(-0.15, 0.15))
            for size, rise, strength in zip(sizes, rises, strengths, strict=True)
        ]
        bursts = drift(rng, 0.04, 3.0, 6.0)
        patter(rng, loop, bank, crowded(rng, per_second, bursts), 1.0, loudest=2.6)
    return loop


def distant_ocean(rng: np.random.Generator) -> Pcm:
    """Surf far out: each wave rumbles in, breaks from low to high, and draws back darker."""
    loop = silence()
    layers = [
        Layer(band(30, 140, tilt_db=-3), 0.30, envelope=both_ears(rng, 0.02, 0.3, 1.5)),
        Layer(band(150, 1500, tilt_db=-5), 0.16, envelope=both_ears(rng, 0.03, 0.5, 1.5)),
        Layer(band(800, 5000, tilt_db=-5), 0.03, envelope=both_ears(rng, 0.03, 0.5, 1.5)),
    ]
    for lean in (0.45, -0.45):
        # Swell of 17 s in each train; two trains make a wave every 8.5 s or so.
        starts = paced(rng, 17.0, 0.2)
        heights = rng.uniform(0.5, 1.0, len(starts))
        layers += [_breaking(starts, heights, stage, lean) for stage in range(len(_STAGES))]
    add_noise(loop, rng, layers)
    return loop


# Of a breaking wave: its band in Hz, its delay, rise and fall in s, its level.
_STAGES = (
    (50, 220, 0.0, 3.4, 2.6, 0.50),
    (180, 700, 0.9, 2.9, 2.4, 0.60),
    (500, 1800, 1.7, 2.3, 2.0, 0.36),
    (1400, 4500, 2.3, 2.0, 1.6, 0.18),
    (160, 600, 4.6, 2.6, 3.4, 0.24),
)


def _breaking(starts: Floats, heights: Floats, stage: int, lean: float) -> Layer:
    low, high, delay, rise, fall, level = _STAGES[stage]
    envelope = pulses(starts + delay, rise, fall, heights)
    return Layer(band(low, high, tilt_db=-4), level, envelope=envelope, lean=lean)


def forest_rain(rng: np.random.Generator) -> Pcm:
    """Gentle rain in leaves, heavy drops falling from them, a bird far off now and then."""
    loop = silence()
    shower = drift(rng, 0.012, 0.1, 0.7)
    layers = [
        Layer(band(700, 9000, tilt_db=-3.2), 0.36, envelope=shower * both_ears(rng, 0.1, 2, 0.6)),
        Layer(band(200, 900, tilt_db=-3), 0.20, envelope=shower),
        *breeze(rng, 0.16),
    ]
    add_noise(loop, rng, layers)
    add_drops(loop, rng, (1500, 7000), 0.0025, 1.0, crowded(rng, 110, shower))
    add_drops(loop, rng, (500, 1700), 0.006, 0.9, crowded(rng, 6))
    add_plinks(loop, rng, (0.9, 2.4), 0.55, crowded(rng, 4))
    sing(loop, rng, robin, paced(rng, 34.0, 0.4), 0.16, Place(pan=0.6, wet=2.0, dull=5, echo_s=1.2))
    return loop


def heavy_rain(rng: np.random.Generator) -> Pcm:
    """A downpour: a dense curtain, a roar on the ground, splashes by the hundred."""
    loop = silence()
    pouring = drift(rng, 0.012, 0.1, 0.7)
    layers = [
        Layer(band(500, 9000, tilt_db=-3.0), 0.62, envelope=pouring * both_ears(rng, 0.2, 3, 0.5)),
        Layer(band(90, 700, tilt_db=-2.5), 0.50, envelope=pouring * both_ears(rng, 0.05, 0.6, 0.8)),
    ]
    add_noise(loop, rng, layers)
    add_drops(loop, rng, (1200, 6500), 0.003, 1.0, crowded(rng, 240, pouring))
    add_drops(loop, rng, (400, 1500), 0.008, 0.8, crowded(rng, 30, pouring))
    add_plinks(loop, rng, (1.5, 5.5), 0.55, crowded(rng, 14, drift(rng, 0.2, 2.0, 3.0)))
    return loop


def add_drops(
    loop: Pcm,
    rng: np.random.Generator,
    pitches_hz: tuple[float, float],
    decay_s: float,
    level: float,
    starts_s: Floats,
) -> None:
    """Drops that tick on leaves and thud on earth, all round the listener."""
    low, high = pitches_hz
    pitches = low * (high / low) ** rng.uniform(size=64)
    # What rings higher rings shorter.
    decays = decay_s * (low / pitches) ** 0.5 * rng.uniform(0.7, 1.4, 64)
    bank = [
        placed(drop(rng, hz, decay), pan)
        for hz, decay, pan in zip(pitches, decays, rng.uniform(-0.95, 0.95, 64), strict=True)
    ]
    patter(rng, loop, bank, starts_s, level)


def add_plinks(
    loop: Pcm,
    rng: np.random.Generator,
    sizes_mm: tuple[float, float],
    level: float,
    starts_s: Floats,
) -> None:
    """Drops on puddles: each closes a bubble below it, which rings."""
    sizes = radii(rng, sizes_mm[0] / 1000, sizes_mm[1] / 1000, 32)
    pans = rng.uniform(-0.8, 0.8, 32)
    rises = rng.uniform(0.0, 0.25, 32)
    bank = [placed(bubble(*one[:2]), one[2]) for one in zip(sizes, rises, pans, strict=True)]
    patter(rng, loop, bank, starts_s, level, loudest=2.5)


def rain_bed(rng: np.random.Generator, level: float) -> list[Layer]:
    """Steady rain to lay under a storm; its drops are ``add_drops``."""
    shower = drift(rng, 0.012, 0.1, 0.7)
    return [
        Layer(band(600, 8000, tilt_db=-3.2), level, envelope=shower),
        Layer(band(150, 800, tilt_db=-3), 0.6 * level, envelope=both_ears(rng, 0.05, 0.6, 0.8)),
    ]
