"""The circle every stem is made on: its length, slow envelopes and filters that go round it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import BACKGROUND, FRAME, SAMPLE_RATE

FRAMES = BACKGROUND.frames
LENGTH = BACKGROUND.length
SECONDS = LENGTH / SAMPLE_RATE

FFT = 1 << 16
STEP = FFT // 2

Spectrum = npt.NDArray[np.complex64]
Envelope = npt.NDArray[np.float32]
"""One value per AAC frame (21.3 ms), periodic: the last leads into the first."""


def silence() -> Pcm:
    """An empty stereo loop, ``(2, LENGTH)``."""
    return np.zeros((2, LENGTH), np.float32)


def shape(pcm: Pcm, envelope: Envelope) -> Pcm:
    """Multiplies ``(n,)`` samples in place by an envelope, linear between its points."""
    rows = pcm.reshape(-1, FRAME)
    points = np.resize(envelope, len(rows)).astype(np.float32)
    slope = np.roll(points, -1) - points
    ramp = np.arange(FRAME, dtype=np.float32) / FRAME
    for at in range(0, len(rows), 256):
        piece = slice(at, at + 256)
        rows[piece] *= points[piece, None] + slope[piece, None] * ramp
    return pcm


def filter_round(pcm: Pcm, response: Spectrum, *, lead: int = 0) -> Pcm:
    """Circular convolution of ``(n,)`` samples by overlap-add, memory bound to one block.

    Args:
        pcm: a whole number of 32768-sample steps.
        response: ``rfft`` of the kernel at 65536 points.
        lead: samples by which the kernel reaches before its origin; its reach before and
            after must stay within 32768 together.
    """
    out = np.zeros_like(pcm)
    padded = np.zeros(FFT, np.float32)
    for start in range(0, len(pcm), STEP):
        padded[lead : lead + STEP] = pcm[start : start + STEP]
        piece = np.fft.irfft(np.fft.rfft(padded) * response, FFT).astype(np.float32, copy=False)
        add_round(out, piece, start - lead)
    return out


def add_round(loop: Pcm, sound: Pcm, start: int) -> None:
    """Adds a sound to ``(n,)`` samples from ``start`` on; what passes the end begins anew."""
    start %= len(loop)
    room = len(loop) - start
    loop[start : start + len(sound)] += sound[:room]
    if len(sound) > room:
        loop[: len(sound) - room] += sound[room:]


def drift(
    rng: np.random.Generator, slowest_hz: float, fastest_hz: float, depth_db: float
) -> Envelope:
    """A random periodic wander around 1, its deviation ``depth_db``."""
    low = max(1, round(slowest_hz * SECONDS))
    high = max(low + 1, round(fastest_hz * SECONDS))
    spectrum = np.zeros(FRAMES // 2 + 1, np.complex128)
    width = high - low
    spectrum[low:high] = rng.standard_normal(width) + 1j * rng.standard_normal(width)
    wander = np.fft.irfft(spectrum, FRAMES)
    wander /= wander.std()
    return (10.0 ** (np.clip(wander, -3, 3) * depth_db / 20.0)).astype(np.float32)


def pulses(
    starts_s: npt.ArrayLike, rise_s: float, fall_s: float, levels: npt.ArrayLike = 1.0
) -> Envelope:
    """Swells that rise over ``rise_s`` and die away with the time constant ``fall_s``."""
    seconds = np.arange(FRAMES) * (SECONDS / FRAMES)
    out = np.zeros(FRAMES)
    starts, heights = np.broadcast_arrays(np.atleast_1d(starts_s), levels)
    for start, height in zip(starts, heights, strict=True):
        since = (seconds - start) % SECONDS
        rise = np.sin(np.minimum(since / rise_s, 1.0) * np.pi / 2) ** 2
        out += height * rise * np.exp(-np.maximum(since - rise_s, 0.0) / fall_s)
    return out.astype(np.float32)


def scattered(rng: np.random.Generator, count: int, jitter: float) -> npt.NDArray[np.float64]:
    """``count`` moments round the loop in seconds, evenly spaced but for ``jitter`` (0..1)."""
    step = SECONDS / count
    wander = rng.uniform(-0.5, 0.5, count) * jitter
    return (np.arange(count) + 0.5 + wander) * step
