"""Backgrounds of weather: a storm with its wind, and thunder over soft rain."""

from __future__ import annotations

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import Envelope, pulses, scattered, silence
from ab_stitching.domain.stems.layers import add_noise, gusts
from ab_stitching.domain.stems.noise import band
from ab_stitching.domain.stems.water import rain_bed


def storm(rng: np.random.Generator) -> Pcm:
    """Driving rain and gusts that howl a little, thunder far away."""
    loop = silence()
    rain_bed(loop, rng, 0.3)
    wind = gusts(rng)
    add_noise(loop, rng, band(90, 600, tilt_db=-4), 0.75, envelope=wind)
    add_noise(loop, rng, band(430, 520, order=4), 0.16, envelope=wind**2, lean=-0.4)
    add_noise(loop, rng, band(610, 700, order=4), 0.1, envelope=wind**3, lean=0.5)
    _add_thunder(loop, rng, scattered(rng, 4, 0.5), level=0.9, crack=0.03)
    return loop


def thunder(rng: np.random.Generator) -> Pcm:
    """Thunder that rolls near and far over quiet rain."""
    loop = silence()
    rain_bed(loop, rng, 0.14)
    add_noise(loop, rng, band(50, 200, tilt_db=-4), 0.12, flutter=(0.05, 0.6, 2.0))
    _add_thunder(loop, rng, scattered(rng, 9, 0.6), level=1.0, crack=0.2)
    return loop


def _add_thunder(
    loop: Pcm, rng: np.random.Generator, claps_s: np.ndarray, *, level: float, crack: float
) -> None:
    """Each clap rolls on in a handful of echoes; only what is near cracks as well."""
    roll, near = _rolls(rng, claps_s)
    add_noise(loop, rng, band(28, 130, tilt_db=-2), level, envelope=roll)
    add_noise(loop, rng, band(130, 420, tilt_db=-5), level * 0.35, envelope=roll**1.5)
    add_noise(loop, rng, band(400, 2400, tilt_db=-5), level * crack, envelope=near)


def _rolls(rng: np.random.Generator, claps_s: np.ndarray) -> tuple[Envelope, Envelope]:
    echoes = 7
    strength = np.repeat(rng.uniform(0.45, 1.0, len(claps_s)), echoes)
    delay = np.sort(rng.uniform(0.0, 4.5, (len(claps_s), echoes)), axis=1)
    delay[:, 0] = 0.0
    starts = (claps_s[:, None] + delay).ravel()
    fading = np.tile(0.85 ** np.arange(echoes), len(claps_s)) * rng.uniform(0.5, 1.0, len(starts))
    roll = pulses(starts, 0.25, 1.3, strength * fading)
    near = pulses(claps_s, 0.06, 0.5, strength[::echoes])
    return roll, near
