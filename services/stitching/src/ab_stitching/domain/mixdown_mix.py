"""Three loops → one stream of blocks: volumes, ducking and fades."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ab_stitching.domain.mixdown import FADE_IN_MS, Loops, MixdownPlan
from ab_stitching.domain.mixdown_ducking import (
    BACKGROUND_DB,
    BRAIN_LAYER_DB,
    Amounts,
    DuckCurve,
    duck_curve,
    voice_end,
)
from ab_stitching.domain.pcm import Pcm, ratio
from ab_stitching.domain.peaks import LOOK_AHEAD
from ab_stitching.domain.profile import SAMPLE_RATE, samples

BLOCK = SAMPLE_RATE
# No block is shorter than what the limiter looks at to either side, but for the very last.
_SHORTEST = 2 * LOOK_AHEAD
LONGEST_BLOCK = BLOCK + _SHORTEST
_MS = SAMPLE_RATE // 1000
_RAMP: Pcm = np.arange(_MS, dtype=np.float32) / np.float32(_MS)
# Less movement than this is none.
_STILL = 1e-5
# Ramps can lift a peak between two samples by a hair.
_SLACK = 1.01


@dataclass(frozen=True, slots=True)
class Block:
    """``(2, n)`` samples at most a second long, and what no true peak in them exceeds."""

    pcm: Pcm
    bound: float


def curve_of(plan: MixdownPlan, round_samples: int) -> DuckCurve:
    """The ducking of a whole file, from the segments of its voice loop."""
    round_ms = -(-round_samples // _MS)
    until = plan.minutes * 60_000 - plan.end_fade_ms
    if plan.fade_out:
        # A fade of a minute takes the voice along; only its last seconds are left to the beds.
        until = plan.minutes * 60_000 - FADE_IN_MS
    return duck_curve(plan.segments, round_ms, voice_end(plan.segments, round_ms, until))


def mixed(plan: MixdownPlan, loops: Loops, curve: DuckCurve) -> Iterator[Block]:
    """The file in blocks, from its first sample to its last.

    Blocks start anew with each round of the voice, so that a round's curve is never resampled;
    the beds run on underneath at lengths of their own.
    """
    position = 0
    while position < plan.length:
        in_round = position % loops.voice.length
        count = min(_count(loops.voice.length - in_round), plan.length - position)
        yield _block(plan, loops, curve, position, in_round, count)
        position += count


def _count(left: int) -> int:
    return left if left < LONGEST_BLOCK else BLOCK


def _block(
    plan: MixdownPlan, loops: Loops, curve: DuckCurve, position: int, in_round: int, count: int
) -> Block:
    steps = -(-count // _MS) + 1
    amounts = curve.stretch(in_round // _MS, position // _MS, steps)
    volumes = plan.volumes
    background = _gain(amounts, BACKGROUND_DB, volumes.background, count)
    brain = _gain(amounts, BRAIN_LAYER_DB, volumes.brain_layer, count)
    beds = loops.background.read(position, count)
    beds *= background
    # In place all the way: a second of sound is written once for each layer, never copied.
    layer = loops.brain_layer.read(position, count)
    layer *= brain
    beds += layer
    _fade_in(beds, position)
    bound = volumes.background * loops.background.peak(position, count)
    bound += volumes.brain_layer * loops.brain_layer.peak(position, count)
    audible = _audible(curve, position, count)
    if audible and volumes.voice:
        voice = loops.voice.read(in_round, count)
        voice[:, audible:] = 0.0
        voice *= np.float32(volumes.voice)
        beds += voice
        bound += volumes.voice * loops.voice.peak(in_round, count)
    _fade_out(beds, plan, position)
    return Block(beds, bound * _SLACK)


def _gain(amounts: Amounts, full_db: float, volume: float, count: int) -> Pcm:
    """Per-sample gain of a bed: straight lines between milliseconds, or one number."""
    lowest, highest = float(amounts.min()), float(amounts.max())
    if highest - lowest < _STILL:
        return np.array(volume * ratio(full_db * highest), np.float32)
    grid = (volume * 10.0 ** (full_db / 20.0 * amounts)).astype(np.float32)
    lines: Pcm = grid[:-1, None] + np.diff(grid)[:, None] * _RAMP
    return lines.reshape(-1)[:count]


def _audible(curve: DuckCurve, position: int, count: int) -> int:
    """How many samples of a block the voice may still be heard in."""
    return min(count, max(0, curve.voice_end_ms * _MS - position))


def _fade_in(pcm: Pcm, position: int) -> None:
    """Equal power (``sin``), on the beds only: the voice begins as its track does."""
    length = samples(FADE_IN_MS)
    if position < length:
        part = pcm[:, : length - position]
        at = (position + np.arange(part.shape[1])) / length
        part *= np.sin(at * np.pi / 2).astype(np.float32)


def _fade_out(pcm: Pcm, plan: MixdownPlan, position: int) -> None:
    """Equal power (``cos``), on everything."""
    length = samples(plan.end_fade_ms)
    first = max(0, plan.length - length - position)
    if first < pcm.shape[1]:
        part = pcm[:, first:]
        at = (position + first + np.arange(part.shape[1]) - (plan.length - length)) / length
        part *= np.cos(at * np.pi / 2).astype(np.float32)
