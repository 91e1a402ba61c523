"""Backgrounds of weather: a storm with its wind, and thunder over soft rain."""

from __future__ import annotations

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import Envelope, Floats, crowded, paced, pulses, silence
from ab_stitching.domain.stems.layers import gusts, howl
from ab_stitching.domain.stems.noise import Layer, add_noise, band
from ab_stitching.domain.stems.water import add_drops, rain_bed

_ECHOES = 9


def storm(rng: np.random.Generator) -> Pcm:
    """Driving rain, gusts that climb and howl a little, thunder far away."""
    loop = silence()
    wind = gusts(rng, 13.0)
    layers = [
        *rain_bed(rng, 0.34),
        Layer(band(70, 450, tilt_db=-4), 0.62, envelope=wind),
        Layer(band(450, 3500, tilt_db=-4), 0.24, envelope=wind**1.3),
        *howl(rng, wind, 260, 620, 0.22),
        *_thunder(rng, paced(rng, 45.0, 0.35), 0.55),
    ]
    add_noise(loop, rng, layers)
    # Gusts drive the drops along.
    add_drops(loop, rng, (1200, 6000), 0.003, 0.5, crowded(rng, 90, wind))
    return loop


def thunder(rng: np.random.Generator) -> Pcm:
    """Thunder that rolls on in the distance over quiet rain."""
    loop = silence()
    layers = [
        *rain_bed(rng, 0.22),
        Layer(band(40, 160, tilt_db=-3), 0.10),
        *_thunder(rng, paced(rng, 20.0, 0.35), 0.60),
    ]
    add_noise(loop, rng, layers)
    add_drops(loop, rng, (1300, 6000), 0.003, 0.42, crowded(rng, 60))
    return loop


def _thunder(rng: np.random.Generator, claps_s: Floats, level: float) -> list[Layer]:
    """Each clap rolls on in echoes from ever farther along the channel.

    Few, 1968: most of the energy lies below 200 Hz, and air takes the high notes first, so
    that each band dies away sooner than the one below it. It sets in over a second: at
    this distance nothing is left of the crack, which would wake a sleeper.
    """
    starts, heights = _echoes(rng, claps_s)

    def rolling(rise_s: float, fall_s: float, power: float) -> Envelope:
        return pulses(starts, rise_s, fall_s, heights**power)

    return [
        Layer(band(26, 75, tilt_db=-1), level * 0.8, envelope=rolling(1.6, 2.6, 1.0)),
        Layer(band(60, 150, tilt_db=-3), level * 0.6, envelope=rolling(1.3, 2.0, 1.0)),
        Layer(band(140, 320, tilt_db=-5), level * 0.24, envelope=rolling(1.1, 1.4, 1.2)),
        Layer(band(300, 900, tilt_db=-6), level * 0.07, envelope=rolling(1.0, 1.0, 1.5)),
    ]


def _echoes(rng: np.random.Generator, claps_s: Floats) -> tuple[Floats, Floats]:
    count = len(claps_s)
    delay = np.sort(rng.gamma(2.0, 2.0, (count, _ECHOES)).clip(0.0, 11.0), axis=1)
    delay[:, 0] = 0.0
    # The first echo is not the loudest: thunder from afar grows before it fades.
    course = np.array([0.4, 0.7, 1.0, 0.9, 0.8, 0.65, 0.5, 0.4, 0.3])
    heights = rng.uniform(0.5, 1.0, (count, 1)) * course * rng.uniform(0.6, 1.0, (count, _ECHOES))
    return (claps_s[:, None] + delay).ravel(), heights.ravel()
