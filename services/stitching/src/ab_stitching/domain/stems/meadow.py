"""Backgrounds of living things: birds by day, and a walk among crickets in the evening."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import (
    SECONDS,
    Floats,
    both_ears,
    paced,
    silence,
)
from ab_stitching.domain.stems.grains import chirp, drop, placed, strew
from ab_stitching.domain.stems.layers import Note, Place, breeze, sing
from ab_stitching.domain.stems.noise import Layer, add_noise, band

_STEP_S = 0.66
_BREATHLESS = 0.12


def blackbird(rng: np.random.Generator) -> Sequence[Note]:
    """Fluted notes, slow and low, and a twittered end."""
    notes: list[Note] = []
    at = 0.0
    for _ in range(int(rng.integers(3, 6))):
        hz = rng.uniform(1750, 2700)
        length = rng.uniform(0.14, 0.34)
        bend = rng.uniform(0.88, 1.15, 3)
        notes.append((at, tuple(hz * bend), length, rng.uniform(0.7, 1.0)))
        at += length + rng.uniform(0.02, 0.12)
    for _ in range(int(rng.integers(2, 5))):
        hz = rng.uniform(3600, 5600)
        notes.append((at, (hz, hz * rng.uniform(0.75, 1.2)), 0.05, 0.22))
        at += rng.uniform(0.06, 0.1)
    return notes


def great_tit(rng: np.random.Generator) -> Sequence[Note]:
    """Two notes in turn, like a small saw."""
    high, low = rng.uniform(4300, 4700), rng.uniform(3200, 3500)
    notes: list[Note] = []
    for turn in range(int(rng.integers(3, 6))):
        at = turn * 0.36
        notes += [(at, (high, high * 0.99), 0.11, 0.8), (at + 0.15, (low, low * 0.985), 0.15, 1.0)]
    return notes


def chaffinch(rng: np.random.Generator) -> Sequence[Note]:
    """A rattle that hurries downhill, and a flourish."""
    count = int(rng.integers(8, 12))
    gaps = np.linspace(0.15, 0.09, count)
    starts = np.cumsum(gaps) - gaps[0]
    pitches = np.geomspace(rng.uniform(4700, 5200), rng.uniform(2700, 3000), count)
    rattle = [
        (float(at), (hz * 1.15, hz * 0.9), 0.07, float(level))
        for at, hz, level in zip(starts, pitches, np.linspace(0.4, 0.9, count), strict=True)
    ]
    end = float(starts[-1]) + 0.13
    return [*rattle, (end, (2600, 4300, 3400), 0.16, 1.0), (end + 0.18, (4200, 2500), 0.12, 0.8)]


def robin(rng: np.random.Generator) -> Sequence[Note]:
    """A thin silvery run of notes that never comes the same way twice."""
    notes: list[Note] = []
    at = 0.0
    for _ in range(int(rng.integers(7, 13))):
        hz = rng.uniform(2800, 6200)
        length = rng.uniform(0.05, 0.16)
        notes.append((at, tuple(hz * rng.uniform(0.85, 1.18, 3)), length, rng.uniform(0.3, 0.9)))
        at += length + rng.uniform(0.0, 0.07)
    return notes


def chiffchaff(rng: np.random.Generator) -> Sequence[Note]:
    """Its own name, again and again, in no order."""
    pitches = rng.choice([4300.0, 3700.0, 4000.0], int(rng.integers(6, 11)))
    return [
        (turn * 0.29 + rng.uniform(0, 0.03), (hz * 1.35, hz, hz * 0.97), 0.1, rng.uniform(0.7, 1))
        for turn, hz in enumerate(pitches)
    ]


def tawny_owl(rng: np.random.Generator) -> Sequence[Note]:
    """A long hoot, a pause, and one that trembles."""
    hz = rng.uniform(690, 760)
    tremble = tuple(hz * (1.0 + 0.02 * (-1.0) ** np.arange(16)))
    return [
        (0.0, (hz * 0.94, hz, hz * 0.95), 0.75, 0.8),
        (2.3, (hz * 0.96, hz), 0.16, 0.5),
        (2.7, (hz * 0.98, *tremble, hz * 0.92), 1.25, 0.9),
    ]


# The bird, how often it sings (s), how loud, and from where.
_CHORUS = (
    (blackbird, 8.0, 0.26, Place(pan=-0.55, wet=0.9, dull=3)),
    (blackbird, 9.0, 0.19, Place(pan=0.85, wet=2.0, dull=4, echo_s=1.3)),
    (great_tit, 10.0, 0.22, Place(pan=0.5, wet=0.6, dull=2)),
    (chaffinch, 12.0, 0.24, Place(pan=0.1, wet=0.8, dull=2)),
    (robin, 8.0, 0.22, Place(pan=-0.8, wet=0.8, dull=2)),
    (chiffchaff, 12.0, 0.18, Place(pan=-0.15, wet=1.4, dull=4, echo_s=1.0)),
)


def birds_chirping(rng: np.random.Generator) -> Pcm:
    """Five kinds of birds in a wood, near and far, pausing as birds do, over a light breeze."""
    loop = silence()
    layers = [
        *breeze(rng, 0.06),
        Layer(band(900, 6000, tilt_db=-4), 0.035, envelope=both_ears(rng, 0.05, 0.8, 2.0)),
    ]
    add_noise(loop, rng, layers)
    for bird, every_s, level, place in _CHORUS:
        sing(loop, rng, bird, paced(rng, every_s, 0.45), level, place)
    return loop


def evening_walk(rng: np.random.Generator) -> Pcm:
    """A stroll that stops to listen, crickets on both sides, an owl that calls from afar."""
    loop = silence()
    layers = [
        *breeze(rng, 0.06),
        Layer(band(2800, 5200, tilt_db=-3), 0.020, envelope=both_ears(rng, 0.03, 0.5, 1.2)),
    ]
    add_noise(loop, rng, layers)
    _add_crickets(loop, rng, 3900, per_chirp=3, every_s=0.62, place=(-0.7, 0.100))
    _add_crickets(loop, rng, 4250, per_chirp=4, every_s=0.81, place=(0.75, 0.075))
    _add_crickets(loop, rng, 3450, per_chirp=9, every_s=2.3, place=(0.2, 0.040))
    _add_steps(loop, rng)
    far = Place(pan=-0.35, wet=3.0, dull=9, echo_s=1.6)
    sing(loop, rng, tawny_owl, paced(rng, 36.0, 0.3), 0.10, far)
    return loop


def _add_crickets(
    loop: Pcm,
    rng: np.random.Generator,
    hz: float,
    *,
    per_chirp: int,
    every_s: float,
    place: tuple[float, float],
) -> None:
    """One cricket: chirps of a few pulses, as regular as a living thing is."""
    pan, level = place
    bank = [
        placed(chirp((hz * bend, hz * bend * 1.01), 0.018, overtone=0.03), pan)
        for bend in rng.uniform(0.992, 1.008, 8)
    ]
    heads = paced(rng, every_s, 0.14)
    # Now and then it holds its breath.
    heads = heads[rng.uniform(size=len(heads)) > _BREATHLESS]
    starts = heads[:, None] + np.arange(per_chirp) * 0.034
    swell = np.sin(np.linspace(0.35, 0.85, per_chirp) * np.pi)
    strengths = level * rng.uniform(0.6, 1.0, (len(heads), 1)) * swell
    strew(loop, bank, starts.ravel(), strengths.ravel())


def _add_steps(loop: Pcm, rng: np.random.Generator) -> None:
    """Left and right in turn; each step is a soft thud and a handful of grit rolling off."""
    heels = _strides(rng)
    sides = np.arange(len(heels)) % 2
    thuds = [placed(drop(rng, hz, 0.03), side) for hz in (82, 95, 108) for side in (-0.25, 0.25)]
    picks = 2 * rng.integers(0, 3, len(heels)) + sides
    strew(loop, thuds, heels, 0.10 * rng.uniform(0.7, 1.0, len(heels)), picks)
    grit = [
        placed(drop(rng, hz, 0.0025), side)
        for hz in np.exp(rng.uniform(np.log(900), np.log(3800), 24))
        for side in (-0.25, 0.25)
    ]
    count = 16
    starts = heels[:, None] + rng.gamma(2.2, 0.045, (len(heels), count))
    strengths = rng.exponential(0.030, starts.shape)
    picks = 2 * rng.integers(0, 24, starts.shape) + sides[:, None]
    strew(loop, grit, starts.ravel(), strengths.ravel(), picks.ravel())


def _strides(rng: np.random.Generator) -> Floats:
    """Steps with the unevenness of a stroll, and two rests on the way."""
    steps = paced(rng, _STEP_S, 0.05)
    resting = [(start % SECONDS, length) for start, length in ((52.0, 16.0), (128.0, 22.0))]
    walking = np.ones(len(steps), bool)
    for start, length in resting:
        walking &= ~((steps > start) & (steps < start + length))
    return steps[walking]
