"""Backgrounds of water: a brook, the ocean, rain in a forest and rain that pours."""

from __future__ import annotations

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import pulses, scattered, silence
from ab_stitching.domain.stems.grains import bubble, drop, rain_of
from ab_stitching.domain.stems.layers import add_noise, whistle
from ab_stitching.domain.stems.noise import band


def babbling_brook(rng: np.random.Generator) -> Pcm:
    """Water over stones: a rushing middle, a gurgle below it, bubbles bursting all along."""
    loop = silence()
    add_noise(loop, rng, band(350, 2200, tilt_db=-3), 0.5, flutter=(0.4, 7.0, 2.2))
    add_noise(loop, rng, band(140, 420, tilt_db=-3), 0.35, flutter=(1.0, 9.0, 3.5))
    add_noise(loop, rng, band(2500, 7000, tilt_db=-4), 0.12, flutter=(0.3, 5.0, 2.0))
    for low, high, decay, per_second, level in (
        (380, 800, 0.045, 9, 0.55),
        (700, 1600, 0.028, 22, 0.4),
        (1400, 2600, 0.014, 26, 0.22),
    ):
        pitches = rng.uniform(low, high, 24)
        lengths = decay * rng.uniform(0.6, 1.5, 24)
        rises = rng.uniform(0.05, 0.5, 24)
        made = map(bubble, pitches, lengths, rises)
        rain_of(rng, loop, [sound * np.float32(level) for sound in made], per_second)
    return loop


def distant_ocean(rng: np.random.Generator) -> Pcm:
    """Slow waves far out: a deep bed, swells in two trains, foam running after each."""
    loop = silence()
    add_noise(loop, rng, band(35, 160, tilt_db=-3), 0.45, flutter=(0.02, 0.3, 1.5))
    for count, lean in ((16, 0.7), (13, -0.7)):
        starts = scattered(rng, count, 0.5)
        heights = rng.uniform(0.55, 1.0, count)
        swell = 0.12 + pulses(starts, 3.8, 3.2, heights)
        foam = 0.03 + pulses(starts + 2.6, 2.0, 2.4, heights)
        add_noise(loop, rng, band(120, 900, tilt_db=-4), 0.75, envelope=swell, lean=lean)
        add_noise(loop, rng, band(900, 5200, tilt_db=-5), 0.3, envelope=foam, lean=lean)
    return loop


def forest_rain(rng: np.random.Generator) -> Pcm:
    """Gentle rain in leaves, heavy drops falling from them, a bird now and then."""
    loop = silence()
    add_noise(loop, rng, band(500, 6500, tilt_db=-2.5), 0.4, flutter=(0.03, 0.8, 1.0))
    add_noise(loop, rng, band(90, 400, tilt_db=-4), 0.2, flutter=(0.05, 0.6, 1.5))
    leaves = [drop(rng, hz, 0.004) * np.float32(0.55) for hz in rng.uniform(1400, 4200, 32)]
    rain_of(rng, loop, leaves, 40)
    puddles = [bubble(hz, 0.02, 0.3) * np.float32(0.5) for hz in rng.uniform(700, 1700, 24)]
    rain_of(rng, loop, puddles, 5)
    whistle(loop, rng, (2300, 2900, 2500), 0.16, syllables=3, times=9, level=0.35)
    return loop


def heavy_rain(rng: np.random.Generator) -> Pcm:
    """A downpour: a dense curtain, a roar on the roof, splashes by the hundred."""
    loop = silence()
    add_noise(loop, rng, band(300, 11000, tilt_db=-2), 0.7, flutter=(0.02, 0.4, 1.0))
    add_noise(loop, rng, band(60, 300, tilt_db=-3), 0.4, flutter=(0.03, 0.5, 1.2))
    splashes = [drop(rng, hz, 0.006) * np.float32(0.5) for hz in rng.uniform(900, 3600, 48)]
    rain_of(rng, loop, splashes, 120)
    gutter = [bubble(hz, 0.03, 0.2) * np.float32(0.5) for hz in rng.uniform(350, 900, 24)]
    rain_of(rng, loop, gutter, 14)
    return loop


def rain_bed(loop: Pcm, rng: np.random.Generator, level: float) -> None:
    """Steady rain to lay under a storm."""
    add_noise(loop, rng, band(450, 8000, tilt_db=-3), level, flutter=(0.03, 0.5, 1.2))
    drops = [drop(rng, hz, 0.005) * np.float32(level) for hz in rng.uniform(1000, 3400, 32)]
    rain_of(rng, loop, drops, 45)
