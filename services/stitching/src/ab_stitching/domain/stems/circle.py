"""The circle every stem is made on: its length, slow envelopes and moments round it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import BACKGROUND, FRAME, SAMPLE_RATE

FRAMES = BACKGROUND.frames
LENGTH = BACKGROUND.length
SECONDS = LENGTH / SAMPLE_RATE

# A quarter of a second, over which a seam is judged.
_CALM_FRAMES = 12

Floats = npt.NDArray[np.float64]
Envelope = npt.NDArray[np.float32]
"""One value per AAC frame (21.3 ms), periodic: the last leads into the first."""


def silence() -> Pcm:
    """An empty stereo loop, ``(2, LENGTH)``."""
    return np.zeros((2, LENGTH), np.float32)


def shape(pcm: Pcm, envelope: Envelope) -> Pcm:
    """Multiplies ``(n,)`` samples in place by an envelope, linear between its points."""
    rows = pcm.reshape(len(envelope), -1)
    slope = np.roll(envelope, -1) - envelope
    ramp = np.arange(rows.shape[1], dtype=np.float32) / rows.shape[1]
    for at in range(0, len(rows), 256):
        piece = slice(at, at + 256)
        rows[piece] *= envelope[piece, None] + slope[piece, None] * ramp
    return pcm


def begin_calmly(loop: Pcm) -> None:
    """Turns ``(2, LENGTH)`` samples so that they begin, and end, where least is going on.

    All layers of a session start at once: nobody should be met by a clap of thunder.
    """
    rows = loop.reshape(2, FRAMES, FRAME)
    frames = np.einsum("efs,efs->ef", rows, rows)
    levels = 10.0 * np.log10(frames + 1e-9)
    around = np.ones(_CALM_FRAMES) / _CALM_FRAMES
    padded = np.pad(levels, ((0, 0), (_CALM_FRAMES, _CALM_FRAMES)), mode="wrap")
    means = np.stack([np.convolve(ear, around, "valid") for ear in padded])
    before, after = means[:, :FRAMES], means[:, _CALM_FRAMES : _CALM_FRAMES + FRAMES]
    step = np.abs(after - before).max(axis=0)
    height = (after + before).mean(axis=0) / 2
    first = int(np.argmin(step + 0.5 * (height - height.min())))
    for ear in loop:
        _turn(ear, first * FRAME)


def _turn(ear: Pcm, first: int) -> None:
    """As ``ear[:] = np.roll(ear, -first)``, without a second loop in memory."""
    if first > len(ear) // 2:
        ear, first = ear[::-1], len(ear) - first
    head = ear[:first].copy()
    for at in range(0, len(ear) - first, LENGTH // 64):
        stop = min(at + LENGTH // 64, len(ear) - first)
        ear[at:stop] = ear[at + first : stop + first]
    ear[len(ear) - first :] = head


def wander(rng: np.random.Generator, slowest_hz: float, fastest_hz: float) -> Envelope:
    """A random periodic movement round 0, its deviation 1, none of it beyond 2.5."""
    low = max(1, round(slowest_hz * SECONDS))
    high = max(low + 1, round(fastest_hz * SECONDS))
    spectrum = np.zeros(FRAMES // 2 + 1, np.complex128)
    width = high - low
    spectrum[low:high] = rng.standard_normal(width) + 1j * rng.standard_normal(width)
    moving = np.fft.irfft(spectrum, FRAMES)
    within: Envelope = np.clip(moving / moving.std(), -2.5, 2.5).astype(np.float32)
    return within


def drift(
    rng: np.random.Generator, slowest_hz: float, fastest_hz: float, depth_db: float
) -> Envelope:
    """A random periodic wander around 1, its deviation ``depth_db``."""
    moving: Envelope = 10.0 ** (wander(rng, slowest_hz, fastest_hz) * np.float32(depth_db / 20.0))
    return moving


def both_ears(
    rng: np.random.Generator, slowest_hz: float, fastest_hz: float, depth_db: float
) -> Envelope:
    """``(2, FRAMES)``: a drift of its own for each ear."""
    return np.stack([drift(rng, slowest_hz, fastest_hz, depth_db) for _ in range(2)])


def pulses(
    starts_s: npt.ArrayLike, rise_s: float, fall_s: npt.ArrayLike, levels: npt.ArrayLike = 1.0
) -> Envelope:
    """Swells that rise over ``rise_s`` and die away with the time constant ``fall_s``."""
    seconds = np.arange(FRAMES) * (SECONDS / FRAMES)
    out = np.zeros(FRAMES)
    starts, falls, heights = np.broadcast_arrays(np.atleast_1d(starts_s), fall_s, levels)
    for start, fall, height in zip(starts, falls, heights, strict=True):
        since = (seconds - start) % SECONDS
        rise = np.sin(np.minimum(since / rise_s, 1.0) * np.pi / 2) ** 2
        out += height * rise * np.exp(-np.maximum(since - rise_s, 0.0) / fall)
    return out.astype(np.float32)


def paced(rng: np.random.Generator, every_s: float, spread: float) -> Floats:
    """Moments that follow one another by chance, as waves and steps do; they close the circle.

    Each interval is drawn for itself (a gamma law with the relative deviation ``spread``), so
    that no beat keeps its place for long.
    """
    count = max(1, round(SECONDS / every_s))
    steps = rng.gamma(spread**-2, size=count)
    return np.cumsum(steps / steps.sum()) * SECONDS + rng.uniform(0, every_s)


def crowded(rng: np.random.Generator, per_second: float, density: Envelope | None = None) -> Floats:
    """Moments by pure chance (Poisson), denser where ``density`` is higher."""
    count = round(per_second * SECONDS)
    if density is None:
        return rng.uniform(0, SECONDS, count)
    reached = np.concatenate(([0.0], np.cumsum(density, dtype=np.float64)))
    edges = np.arange(FRAMES + 1) * (FRAME / SAMPLE_RATE)
    moments: Floats = np.interp(rng.uniform(0, reached[-1], count), reached, edges)
    return moments
