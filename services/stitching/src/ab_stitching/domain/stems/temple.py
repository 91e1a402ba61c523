"""Backgrounds that rest on tones: a healing pad, and the om of a temple with its bowls."""

from __future__ import annotations

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import (
    FRAMES,
    SECONDS,
    Envelope,
    both_ears,
    drift,
    paced,
    shape,
    silence,
)
from ab_stitching.domain.stems.grains import bell, in_air, placed, strew
from ab_stitching.domain.stems.noise import Layer, add_noise, band
from ab_stitching.domain.stems.tones import CHOIR_LENGTH, add_faster, choir

_OM_HZ = 136.1
_VOWEL_A = ((700.0, 130.0, 1.0), (1150.0, 150.0, 0.5), (2400.0, 220.0, 0.12))
_VOWEL_O = ((420.0, 100.0, 1.0), (800.0, 120.0, 0.4), (2250.0, 220.0, 0.06))
_CLOSED_M = ((230.0, 80.0, 1.0), (1000.0, 200.0, 0.03))
_VOWELS = (_VOWEL_A, _VOWEL_O, _CLOSED_M)
_HARMONICS = 17
# Well below half the rate at which choirs are made.
_HIGHEST_HZ = 2400
# Modes (2,0) to (6,0) over the first, as measured on bowls (Inacio, Henrique, Antunes, 2006).
_MODES = (1.0, 2.7, 4.9, 7.6, 10.7)
# Pitch and beat in Hz, and where each bowl stands.
_BOWLS = ((204.15, 0.7, -0.5), (272.2, 0.9, 0.5), (181.5, 0.5, 0.1))
_CHORD = ((108, 1.0), (162, 0.8), (216, 0.7), (270, 0.4), (324, 0.45), (432, 0.3), (648, 0.12))


def regeneration(rng: np.random.Generator) -> Pcm:
    """A wide open chord of many voices that come and go, air around it, a far chime."""
    loop = silence()
    for ear in loop:
        chord = np.zeros(CHOIR_LENGTH, np.float32)
        for hz, level in _CHORD:
            note = [
                (hz * order, level * 0.6**order)
                for order in range(1, 5)
                if hz * order < _HIGHEST_HZ
            ]
            chord += shape(choir(rng, note, 0.25), drift(rng, 0.006, 0.05, 2.5))
        add_faster(ear, chord)
    air = Layer(band(350, 3200, tilt_db=-4), 0.16, envelope=both_ears(rng, 0.02, 0.12, 2.5))
    add_noise(loop, rng, [air])
    chimes = [
        in_air(
            bell(hz, 1.8, (1.0, 2.76, 5.4), attack_s=0.03, beat_hz=0.8), rng, pan, seconds=2, wet=2
        )
        for hz, pan in ((864, -0.6), (1080, 0.3), (1296, 0.7), (1620, -0.2))
    ]
    starts = paced(rng, 11.0, 0.4)
    picks = rng.integers(0, len(chimes), len(starts))
    strew(loop, chimes, starts, 0.14 * rng.uniform(0.5, 1.0, len(starts)), picks)
    return loop


def tibetan_om(rng: np.random.Generator) -> Pcm:
    """Monks who breathe in turns, so that their om never ends, and bowls struck softly."""
    loop = silence()
    _add_chant(loop, rng)
    strokes = paced(rng, 17.0, 0.3)
    for turn, (hz, beat, pan) in enumerate(_BOWLS):
        struck = placed(bell(hz, 8.0, _MODES, attack_s=0.05, beat_hz=beat), pan)
        starts = strokes[turn :: len(_BOWLS)]
        strew(loop, [struck], starts, 0.7 * rng.uniform(0.6, 1.0, len(starts)))
    air = Layer(band(200, 2500, tilt_db=-5), 0.035, envelope=both_ears(rng, 0.03, 0.3, 1.5))
    add_noise(loop, rng, [air])
    return loop


def _add_chant(loop: Pcm, rng: np.random.Generator) -> None:
    """Two groups that breathe at their own pace, one to each side, over a drone."""
    sung = [_breaths(rng, every) for every in (12.5, 14.0)]
    ears = np.zeros((2, CHOIR_LENGTH), np.float32)
    for vowel, formants in enumerate(_VOWELS):
        for group, places in enumerate(sung):
            voices = shape(choir(rng, _harmonics(formants), 0.4), _vowel(places, vowel))
            ears[group] += np.float32(0.8) * voices
            ears[1 - group] += np.float32(0.5) * voices
    ears += choir(rng, ((_OM_HZ / 2, 0.3), (_OM_HZ, 0.15), (1.5 * _OM_HZ, 0.04)), 0.1)
    for ear, voices in zip(loop, ears, strict=True):
        add_faster(ear, voices)


def _harmonics(formants: tuple[tuple[float, float, float], ...]) -> list[tuple[float, float]]:
    return [
        (_OM_HZ * order, _resonance(_OM_HZ * order, formants) / order**0.4)
        for order in range(1, _HARMONICS + 1)
    ]


def _resonance(hz: float, formants: tuple[tuple[float, float, float], ...]) -> float:
    return sum(level / (1.0 + ((hz - centre) / width) ** 2) for centre, width, level in formants)


def _breaths(rng: np.random.Generator, every_s: float) -> Envelope:
    """Where in its breath a group of singers is, 0 to 1, again and again."""
    starts = np.sort(paced(rng, every_s, 0.12) % SECONDS)
    seconds = np.arange(FRAMES) * (SECONDS / FRAMES)
    edges = np.concatenate((starts[-1:] - SECONDS, starts, starts[:1] + SECONDS))
    breath = np.searchsorted(edges, seconds, side="right") - 1
    place: Envelope = ((seconds - edges[breath]) / np.diff(edges)[breath]).astype(np.float32)
    return place


def _vowel(place: Envelope, vowel: int) -> Envelope:
    """How much of a, o or m sounds at each place of the breath; it swells and dies away."""
    sung = np.sin(np.pi * np.clip(place / 0.94, 0.0, 1.0)).clip(0.0) ** 0.8
    open_a = np.clip(1.0 - place / 0.32, 0.0, 1.0)
    closed = np.clip((place - 0.5) / 0.3, 0.0, 1.0)
    share = (open_a, (1.0 - open_a - closed).clip(0.0), closed)[vowel]
    sounding: Envelope = (sung * share).astype(np.float32)
    return sounding
