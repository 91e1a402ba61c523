"""Small sounds to strew over a loop: bubbles, drops, chirps, bells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE
from ab_stitching.domain.stems.circle import FFT, LENGTH, STEP, Spectrum, add_round

_ATTACK_S = 0.0015


def bubble(hz: float, decay_s: float, rise: float) -> Pcm:
    """A bubble in water: a damped sine whose pitch climbs by ``rise`` (Minnaert, 1933)."""
    seconds = _seconds(6 * decay_s)
    sweep = seconds + rise * seconds**2 / (2 * seconds[-1])
    return _struck(np.sin(2 * np.pi * hz * sweep) * np.exp(-seconds / decay_s))


def drop(rng: np.random.Generator, hz: float, decay_s: float) -> Pcm:
    """A drop on a leaf or a stone: a tick of noise ringing round ``hz``."""
    seconds = _seconds(6 * decay_s)
    ring = np.sin(2 * np.pi * hz * seconds + rng.uniform(0, 2 * np.pi))
    rustle = np.convolve(rng.standard_normal(len(seconds)), np.ones(3) / 3, "same")
    return _struck((ring + 0.6 * rustle) * np.exp(-seconds / decay_s))


def chirp(points_hz: Sequence[float], length_s: float, *, flutter_hz: float = 0.0) -> Pcm:
    """A whistled syllable gliding through ``points_hz``, perhaps with a flutter of pitch."""
    seconds = _seconds(length_s)
    knots = np.linspace(0.0, length_s, len(points_hz))
    hz = np.interp(seconds, knots, points_hz)
    if flutter_hz:
        hz = hz * (1.0 + 0.03 * np.sin(2 * np.pi * flutter_hz * seconds))
    angle = 2 * np.pi * np.cumsum(hz) / SAMPLE_RATE
    arch = np.sin(np.pi * seconds / length_s) ** 2
    syllable: Pcm = ((np.sin(angle) + 0.12 * np.sin(2 * angle)) * arch).astype(np.float32)
    return syllable


def bell(hz: float, decay_s: float, ratios: Sequence[float] = (1.0, 2.71, 5.15, 8.2)) -> Pcm:
    """A struck bowl: each partial a beating pair, the higher the sooner gone."""
    seconds = _seconds(5 * decay_s)
    out = np.zeros(len(seconds))
    for order, ratio in enumerate(ratios):
        level = 0.5 / (1 + order) ** 1.5
        damping = np.exp(-seconds * (1 + 0.9 * order) / decay_s)
        for detune in (-0.35, 0.35):
            out += level * damping * np.sin(2 * np.pi * (hz * ratio + detune) * seconds)
    return _struck(out, attack_s=0.02)


def strew(
    loop: Pcm,
    grains: Sequence[Pcm],
    starts_s: npt.ArrayLike,
    levels: npt.ArrayLike,
    pans: npt.ArrayLike,
) -> None:
    """Adds grains in turn to ``(2, n)`` samples at these moments; pan -1 is left, 1 right."""
    starts, heights, sides = np.broadcast_arrays(np.atleast_1d(starts_s), levels, pans)
    angle = (sides + 1.0) * np.pi / 4
    left = (heights * np.cos(angle)).astype(np.float32)
    right = (heights * np.sin(angle)).astype(np.float32)
    for index, start in enumerate((starts * SAMPLE_RATE).astype(np.int64).tolist()):
        grain = grains[index % len(grains)]
        add_round(loop[0], grain * left[index], start)
        add_round(loop[1], grain * right[index], start)


def rain_of(rng: np.random.Generator, loop: Pcm, grains: Sequence[Pcm], per_second: float) -> None:
    """Strews grains at random over the loop: moments, levels and sides by chance."""
    count = round(per_second * loop.shape[-1] / SAMPLE_RATE)
    strew(
        loop,
        grains,
        rng.uniform(0, loop.shape[-1] / SAMPLE_RATE, count),
        rng.exponential(1.0, count).clip(0.1, 4.0),
        rng.uniform(-0.9, 0.9, count),
    )


def distance(rng: np.random.Generator, seconds: float, wet: float) -> Spectrum:
    """The response of open air round a source: itself, then ``seconds`` of fading echo."""
    time = np.arange(STEP) / SAMPLE_RATE
    echo = rng.standard_normal(STEP) * np.exp(-6.9 * time / seconds)
    echo *= wet / np.sqrt(np.sum(np.square(echo)))
    echo[0] += 1.0
    response: Spectrum = np.fft.rfft(echo, FFT).astype(np.complex64)
    return response


def _seconds(length_s: float) -> npt.NDArray[np.float64]:
    return np.arange(max(8, round(min(length_s, LENGTH / SAMPLE_RATE) * SAMPLE_RATE))) / SAMPLE_RATE


def _struck(sound: npt.NDArray[np.float64], *, attack_s: float = _ATTACK_S) -> Pcm:
    rise = min(round(attack_s * SAMPLE_RATE), len(sound) // 2)
    sound[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise)) ** 2
    fall = len(sound) // 8
    sound[-fall:] *= np.linspace(1.0, 0.0, fall)
    return sound.astype(np.float32)
