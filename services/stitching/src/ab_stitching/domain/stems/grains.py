"""Small sounds to strew over a loop, each already in its place between the ears."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE
from ab_stitching.domain.stems.circle import LENGTH

Floats = npt.NDArray[np.float64]

_ATTACK_S = 0.0015
_PIECE = 1 << 16
# Minnaert, 1933: a bubble of 1 mm sounds at 3.26 kHz, and pitch times radius stays the same.
_MINNAERT = 3.26
# Woodworth, 1938: what comes from the side is 0.66 ms later at the far ear.
_FAR_EAR_S = 0.00066


def bubble(radius_m: float, rise: float) -> Pcm:
    """A bubble in water: a damped sine whose pitch climbs as it nears the surface.

    Pitch after Minnaert; damping 0.13/r + 0.0072 r^-1.5 and a climb in proportion to it after
    van den Doel, 2005, "Physically based models for liquid sounds".
    """
    damping = 0.13 / radius_m + 0.0072 * radius_m**-1.5
    seconds = _seconds(5 / damping)
    climbing = seconds * (1 + rise * damping * seconds / 2)
    return _struck(np.sin(2 * np.pi * _MINNAERT / radius_m * climbing) * np.exp(-damping * seconds))


def radii(rng: np.random.Generator, low_m: float, high_m: float, count: int) -> Floats:
    """Bubble radii by the power law r^-1.5 of breaking water (Deane and Stokes, 2002)."""
    low, high = low_m**-0.5, high_m**-0.5
    sizes: Floats = (low + rng.uniform(size=count) * (high - low)) ** -2.0
    return sizes


def drop(rng: np.random.Generator, hz: float, decay_s: float) -> Pcm:
    """A drop on a leaf or a stone: a tick of noise ringing round ``hz``."""
    seconds = _seconds(5 * decay_s)
    ring = np.sin(2 * np.pi * hz * seconds + rng.uniform(0, 2 * np.pi))
    rustle = np.convolve(rng.standard_normal(len(seconds)), np.ones(5) / 5**0.5, "same")
    return _struck((0.6 * ring + 0.5 * rustle) * np.exp(-seconds / decay_s), attack_s=0.0004)


def chirp(
    points_hz: Sequence[float], length_s: float, *, flutter_hz: float = 0.0, overtone: float = 0.12
) -> Pcm:
    """A whistled syllable gliding through ``points_hz``, perhaps with a flutter of pitch."""
    seconds = _seconds(length_s)
    knots = np.linspace(0.0, length_s, len(points_hz))
    hz = np.interp(seconds, knots, points_hz)
    if flutter_hz:
        hz = hz * (1.0 + 0.03 * np.sin(2 * np.pi * flutter_hz * seconds))
    angle = 2 * np.pi * np.cumsum(hz) / SAMPLE_RATE
    arch = np.sin(np.pi * seconds / length_s).clip(0.0) ** 1.4
    syllable: Pcm = ((np.sin(angle) + overtone * np.sin(2 * angle)) * arch).astype(np.float32)
    return syllable


def bell(
    hz: float, decay_s: float, ratios: Sequence[float], *, attack_s: float, beat_hz: float
) -> Pcm:
    """A struck bowl: each partial a beating pair, the higher the quicker and the sooner gone."""
    out = np.zeros(round(4 * decay_s * SAMPLE_RATE), np.float32)
    for order, ratio in enumerate(ratios):
        sooner = 1 + 1.3 * order
        length = min(len(out), round(4.6 * decay_s / sooner * SAMPLE_RATE))
        detune = beat_hz * (1 + 0.7 * order) / 2
        for at in range(0, length, _PIECE):
            seconds = np.arange(at, min(at + _PIECE, length)) / SAMPLE_RATE
            damping = 0.5 / (1 + order) ** 1.6 * np.exp(-seconds * sooner / decay_s)
            pair = np.sin(2 * np.pi * (hz * ratio - detune) * seconds)
            pair += 0.6 * np.sin(2 * np.pi * (hz * ratio + detune) * seconds)
            out[at : at + len(pair)] += damping * pair
    return _struck(out, attack_s=attack_s)


def placed(sound: Pcm, pan: float) -> Pcm:
    """``(2, n)``: the far ear hears it later, weaker and duller; -1 is left, 1 right."""
    away = abs(pan)
    lag = round(away * _FAR_EAR_S * SAMPLE_RATE)
    width = 1 + round(5 * away)
    shadowed = np.convolve(sound, np.full(width, 1 / width, np.float32))
    out = np.zeros((2, max(len(sound), lag + len(shadowed))), np.float32)
    near, far = (1, 0) if pan > 0 else (0, 1)
    out[near, : len(sound)] = sound * np.float32(0.71 + 0.29 * away)
    out[far, lag : lag + len(shadowed)] = shadowed * np.float32(0.71 - 0.41 * away)
    return out


def in_air(
    sound: Pcm, rng: np.random.Generator, pan: float, *, seconds: float, wet: float, dull: int = 1
) -> Pcm:
    """``(2, n)``: a sound some way off, ``seconds`` of fading echo round it.

    Args:
        sound: ``(n,)``.
        rng: the echo's source of chance; another one for each ear.
        pan: from where the sound itself comes.
        seconds: until the echo is 60 dB down.
        wet: the echo's energy over that of the sound.
        dull: samples to average over: what air and leaves take of the high notes.
    """
    softened = np.convolve(sound, np.full(dull, 1 / dull, np.float32))
    direct = placed(softened, pan)
    length = round(seconds * SAMPLE_RATE)
    size = 1 << (direct.shape[1] + length - 1).bit_length()
    fading = np.exp(-6.9 * np.arange(length) / length).astype(np.float32)
    echo = rng.standard_normal((2, length), np.float32) * fading
    # Wood and earth give back less of the high notes than the voice itself has.
    echo[:, 1:] += echo[:, :-1]
    echo *= np.float32(wet**0.5) / np.sqrt(np.square(echo).sum(axis=1, keepdims=True))
    source = np.fft.rfft(direct.mean(axis=0), size)
    around = np.fft.irfft(source * np.fft.rfft(echo, size), size)[:, : direct.shape[1] + length]
    around[:, : direct.shape[1]] += direct
    return around.astype(np.float32)


def strew(
    loop: Pcm,
    bank: Sequence[Pcm],
    starts_s: npt.ArrayLike,
    levels: npt.ArrayLike,
    picks: npt.NDArray[np.integer] | None = None,
) -> None:
    """Adds stereo grains to ``(2, LENGTH)`` samples; what passes the end begins anew.

    Args:
        loop: the bed, changed in place.
        bank: grains of shape ``(2, n)``.
        starts_s: when each event begins.
        levels: how loud each is.
        picks: which grain each one is; without it they take turns.
    """
    starts = np.floor(np.atleast_1d(starts_s) * SAMPLE_RATE).astype(np.int64) % LENGTH
    heights = np.broadcast_to(np.asarray(levels, np.float32), starts.shape)
    turns = np.arange(len(starts)) % len(bank) if picks is None else picks
    for start, height, pick in zip(starts.tolist(), heights, turns.tolist(), strict=True):
        grain = bank[pick] * height
        room = LENGTH - start
        loop[:, start : start + grain.shape[1]] += grain[:, :room]
        if grain.shape[1] > room:
            loop[:, : grain.shape[1] - room] += grain[:, room:]


def patter(
    rng: np.random.Generator,
    loop: Pcm,
    bank: Sequence[Pcm],
    starts_s: Floats,
    level: float,
    *,
    loudest: float = 3.5,
) -> None:
    """Strews grains by chance: many soft ones, few loud ones, none ``loudest`` times the mean."""
    levels = level * rng.exponential(1.0, len(starts_s)).clip(0.05, loudest)
    strew(loop, bank, starts_s, levels, rng.integers(0, len(bank), len(starts_s)))


def _seconds(length_s: float) -> Floats:
    return np.arange(max(8, round(min(length_s, LENGTH / SAMPLE_RATE) * SAMPLE_RATE))) / SAMPLE_RATE


def _struck(sound: Floats | Pcm, *, attack_s: float = _ATTACK_S) -> Pcm:
    rise = min(round(attack_s * SAMPLE_RATE), len(sound) // 2)
    sound[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise)) ** 2
    fall = len(sound) // 8
    sound[-fall:] *= np.linspace(1.0, 0.0, fall)
    return sound.astype(np.float32, copy=False)
