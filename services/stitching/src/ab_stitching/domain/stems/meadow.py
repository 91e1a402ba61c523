"""Backgrounds of living things: birds by day, and a walk among crickets in the evening."""

from __future__ import annotations

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import SECONDS, filter_round, scattered, silence
from ab_stitching.domain.stems.grains import chirp, distance, drop, strew
from ab_stitching.domain.stems.layers import add_noise, gusts, whistle
from ab_stitching.domain.stems.noise import band

_STEP_S = 0.62


def birds_chirping(rng: np.random.Generator) -> Pcm:
    """Five birds in an airy wood, each with its own phrase, over a light breeze."""
    birds = silence()
    whistle(birds, rng, (3100, 4200, 3600), 0.12, syllables=4, times=38, level=0.7)
    whistle(birds, rng, (4800, 3900), 0.07, syllables=7, times=24, level=0.45)
    whistle(birds, rng, (2300, 2600, 2200), 0.28, syllables=2, times=22, level=0.7)
    whistle(birds, rng, (3500, 3700), 0.5, syllables=1, times=17, level=0.5, flutter_hz=26)
    whistle(birds, rng, (5200, 6100, 5400), 0.05, syllables=9, times=15, level=0.3)
    air = distance(rng, 0.6, 0.55)
    loop = np.stack([filter_round(ear, air) for ear in birds])
    add_noise(loop, rng, band(150, 900, tilt_db=-5), 0.05, envelope=gusts(rng))
    add_noise(loop, rng, band(1800, 6000, tilt_db=-3), 0.012, flutter=(0.05, 0.8, 2.5))
    return loop


def evening_walk(rng: np.random.Generator) -> Pcm:
    """Steps on a soft path, crickets left and right, an owl that calls from afar."""
    loop = silence()
    add_noise(loop, rng, band(110, 700, tilt_db=-5), 0.09, envelope=gusts(rng))
    add_noise(loop, rng, band(2600, 6000, tilt_db=-3), 0.02, flutter=(0.03, 0.5, 1.5))
    _add_crickets(loop, rng, 4300, per_chirp=3, chirps=330, pan=-0.6, level=0.10)
    _add_crickets(loop, rng, 4720, per_chirp=4, chirps=270, pan=0.7, level=0.075)
    _add_crickets(loop, rng, 3350, per_chirp=12, chirps=90, pan=0.1, level=0.03)
    _add_steps(loop, rng)
    owl = silence()
    whistle(owl, rng, (360, 390, 350), 0.55, syllables=2, times=5, level=0.15)
    air = distance(rng, 0.6, 0.9)
    for ear, far in enumerate(owl):
        loop[ear] += filter_round(far, air)
    return loop


def _add_crickets(
    loop: Pcm,
    rng: np.random.Generator,
    hz: float,
    *,
    per_chirp: int,
    chirps: int,
    pan: float,
    level: float,
) -> None:
    pulse = chirp((hz, hz * 1.01), 0.018)
    starts = scattered(rng, chirps, 0.25)[:, None] + np.arange(per_chirp) * 0.034
    strengths = np.repeat(level * rng.uniform(0.6, 1.0, chirps), per_chirp)
    strew(loop, [pulse], starts.ravel() % SECONDS, strengths, pan)


def _add_steps(loop: Pcm, rng: np.random.Generator) -> None:
    """Left and right in turn; each step is a handful of grit under a soft thud."""
    steps = 2 * round(SECONDS / _STEP_S / 2)
    heels = scattered(rng, steps, 0.06)
    sides = np.where(np.arange(steps) % 2, 0.2, -0.2)
    thuds = [drop(rng, hz, 0.022) for hz in rng.uniform(85, 120, 6)]
    strew(loop, thuds, heels, 0.09, sides)
    grit = [drop(rng, hz, 0.004) for hz in rng.uniform(900, 2600, 32)]
    count = 14
    starts = heels[:, None] + rng.gamma(2.0, 0.035, (steps, count))
    strengths = rng.exponential(0.028, steps * count)
    strew(loop, grit, starts.ravel() % SECONDS, strengths, np.repeat(sides, count))
