"""Backgrounds that rest on tones: a healing pad, and the om of a temple with its bowls."""

from __future__ import annotations

import numpy as np

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.circle import (
    FRAMES,
    LENGTH,
    Envelope,
    filter_round,
    scattered,
    shape,
    silence,
)
from ab_stitching.domain.stems.grains import bell, distance, strew
from ab_stitching.domain.stems.layers import add_noise
from ab_stitching.domain.stems.noise import band
from ab_stitching.domain.stems.tones import tone

_OM_HZ = 136.1
_VOWEL_A = ((700.0, 130.0, 1.0), (1150.0, 150.0, 0.5))
_VOWEL_O = ((420.0, 100.0, 1.0), (800.0, 120.0, 0.4))
_CLOSED_M = ((230.0, 80.0, 1.0),)
_PARTIALS = 9


def regeneration(rng: np.random.Generator) -> Pcm:
    """A wide open chord whose notes come and go like breath, air around it, a far chime."""
    loop = silence()
    chord = ((108, 1.0), (162, 0.8), (216, 0.7), (270, 0.4), (324, 0.45), (432, 0.3), (648, 0.12))
    for order, (hz, level) in enumerate(chord):
        for ear, detune in enumerate((-0.0012, 0.0012)):
            detuned = hz * (1.0 + detune)
            note = tone(detuned, rng.uniform()) + np.float32(0.2) * tone(2 * detuned, rng.uniform())
            shape(note, _breath(5 + 2 * order, rng.uniform(), 0.25))
            loop[ear] += np.float32(level) * note
    add_noise(loop, rng, band(400, 2600, tilt_db=-4), 0.12, envelope=_breath(18, 0.0, 0.2))
    chimes = [bell(hz, 2.2, (1.0, 2.0, 3.01)) for hz in (864, 1080, 1296, 1620)]
    strew(loop, chimes, scattered(rng, 16, 0.7), 0.16, rng.uniform(-0.7, 0.7, 16))
    return loop


def tibetan_om(rng: np.random.Generator) -> Pcm:
    """A choir's om, breathed fifteen times, over a deep drone, and singing bowls."""
    voice = _chant(15)
    room = distance(rng, 0.6, 0.7)
    drone = tone(_OM_HZ / 2) + np.float32(0.5) * tone(_OM_HZ)
    shape(drone, _breath(7, 0.3, 0.6))
    loop = np.stack([filter_round(voice, room), filter_round(np.roll(voice, 1300), room)])
    loop += np.float32(0.22) * drone
    bowls = [bell(hz, decay) for hz, decay in ((204.15, 6.0), (272.2, 5.0), (181.5, 7.0))]
    strew(loop, bowls, scattered(rng, 9, 0.3), 0.55, rng.uniform(-0.5, 0.5, 9))
    add_noise(loop, rng, band(90, 500, tilt_db=-6), 0.02, flutter=(0.03, 0.3, 1.5))
    return loop


def _breath(times: int, phase: float, floor: float) -> Envelope:
    turns = np.arange(FRAMES) * (times / FRAMES) + phase
    swing = 0.5 - 0.5 * np.cos(2 * np.pi * turns)
    breath: Envelope = (floor + (1.0 - floor) * swing).astype(np.float32)
    return breath


def _chant(breaths: int) -> Pcm:
    """Harmonics of the om tone, their levels drawn by vowels that close from a to m."""
    # The loop opens in the middle of a breath, where the sound changes least.
    place = (np.arange(FRAMES) * (breaths / FRAMES) + 0.42) % 1.0
    sung = np.sin(np.pi * np.clip(place / 0.86, 0.0, 1.0)) ** 0.7
    open_a = np.clip(1.0 - place / 0.3, 0.0, 1.0)
    closed = np.clip((place - 0.5) / 0.3, 0.0, 1.0)
    out = np.zeros(LENGTH, np.float32)
    for partial in range(1, _PARTIALS + 1):
        hz = _OM_HZ * partial
        vowel = open_a * _formants(hz, _VOWEL_A) + closed * _formants(hz, _CLOSED_M)
        vowel += (1.0 - open_a - closed).clip(0.0) * _formants(hz, _VOWEL_O)
        choir = tone(hz * 0.9985, 0.1 * partial) + tone(hz * 1.0015, 0.37 * partial)
        shape(choir, (sung * vowel / partial**0.4).astype(np.float32))
        out += choir
    return out


def _formants(hz: float, formants: tuple[tuple[float, float, float], ...]) -> float:
    return sum(level / (1.0 + ((hz - centre) / width) ** 2) for centre, width, level in formants)
