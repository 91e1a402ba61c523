"""True peak by four-fold oversampling, and the limiter that keeps it below a ceiling."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE

LOOK_AHEAD = 3 * SAMPLE_RATE // 1000

_FACTOR = 4
# 12 taps a phase, as in BS.1770-4, annex 2.
_TAPS = 49
_REACH = _TAPS // _FACTOR // 2
_MARGIN = 2 * _REACH
_CHUNK = SAMPLE_RATE
_WINDOW = 4096
_SHORT_WINDOW = 512


def true_peak(pcm: Pcm) -> float:
    """Largest magnitude between and on the samples (BS.1770-4 annex 2), as an amplitude.

    Args:
        pcm: ``(n,)`` samples of one plane.
    """
    highest = float(max(np.max(pcm, initial=0.0), -np.min(pcm, initial=0.0)))
    # Oversampling adds far less than 6 dB, so a window half as loud cannot hold the peak.
    worth = highest / 2
    for at in range(0, len(pcm), _WINDOW):
        if float(np.max(np.abs(pcm[at : at + _WINDOW]))) > worth:
            first = max(0, at - _MARGIN)
            peaks = oversampled(pcm[first : at + _WINDOW + _MARGIN])
            # The margins stand beside a cut, which rings: only what lies between counts.
            highest = max(highest, float(np.max(peaks[at - first : at - first + _WINDOW])))
    return highest


def limit(pcm: Pcm, ceiling: float) -> Pcm:
    """The same sound with no true peak above ``ceiling`` (an amplitude), 3 ms look-ahead.

    Works in pieces of a second: only where something is too loud is anything computed.
    The gain is the smallest one needed within 3 ms either side, smoothed by a raised
    cosine as wide, which therefore never rises above what a peak needs.
    """
    out = pcm.copy()
    margin = 2 * LOOK_AHEAD
    for at in range(0, len(pcm), _CHUNK):
        first = max(0, at - margin)
        piece = pcm[first : at + _CHUNK + margin]
        if float(np.max(np.abs(piece))) <= ceiling / 2:
            continue
        peaks = oversampled(piece)
        if float(np.max(peaks)) <= ceiling:
            continue
        gain = limiting_gain(peaks, ceiling)
        width = min(_CHUNK, len(pcm) - at)
        out[at : at + width] *= gain[at - first : at - first + width]
    return out


def peak_above(pcm: Pcm, floor: float) -> float:
    """As ``true_peak`` where that is above ``floor``; else something that is not.

    Begins where the sound is loudest and stops where no window can hold more than was found.
    """
    windows = -(-len(pcm) // _SHORT_WINDOW)
    padded = np.zeros(windows * _SHORT_WINDOW, np.float32)
    np.abs(pcm, out=padded[: len(pcm)])
    highest = padded.reshape(windows, _SHORT_WINDOW).max(axis=1)
    found = 0.0
    for window in np.argsort(-highest):
        if float(highest[window]) * _overshoot() <= max(floor, found):
            break
        at = int(window) * _SHORT_WINDOW
        first = max(0, at - _MARGIN)
        peaks = oversampled(pcm[first : at + _SHORT_WINDOW + _MARGIN])
        found = max(found, float(np.max(peaks[at - first : at - first + _SHORT_WINDOW])))
    return found


def peak_bound(pcm: Pcm) -> float:
    """An amplitude that no true peak exceeds, from the samples alone; up to half too high."""
    return float(np.max(np.abs(pcm), initial=0.0)) * _overshoot()


def limiting_gain(peaks: Pcm, ceiling: float) -> Pcm:
    """Per sample the gain that keeps ``peaks`` (of ``oversampled``) below ``ceiling``."""
    return _smooth(_lowest(np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))))


def oversampled(pcm: Pcm) -> Pcm:
    """Per sample the largest magnitude of it and the three points that follow it."""
    peaks = np.abs(pcm)
    for phase in _phases():
        between = np.abs(np.convolve(pcm, phase))[_REACH : _REACH + len(pcm)]
        np.maximum(peaks, between, out=peaks)
    return peaks


@cache
def _overshoot() -> float:
    """How far a peak between samples can rise above all of those around it."""
    return max(1.0, *(float(np.abs(phase).sum()) for phase in _phases()))


@cache
def _phases() -> tuple[Pcm, ...]:
    """The windowed-sinc interpolator (49 taps, Hann) cut into its three moving phases."""
    offset = np.arange(_TAPS) - (_TAPS - 1) / 2
    window = 0.5 * (1.0 - np.cos(2.0 * np.pi * np.arange(_TAPS) / (_TAPS - 1)))
    taps = (np.sinc(offset / _FACTOR) * window).astype(np.float32)
    return tuple(np.ascontiguousarray(taps[phase::_FACTOR]) for phase in range(1, _FACTOR))


def _lowest(gain: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Sliding minimum over the look-ahead on both sides, by doubling the window."""
    width = 2 * LOOK_AHEAD + 1
    run = np.pad(gain, LOOK_AHEAD, constant_values=1.0)
    span = 1
    while 2 * span <= width:
        run = np.minimum(run[:-span], run[span:])
        span *= 2
    rest = width - span
    return np.minimum(run[: len(run) - rest], run[rest:])


def _smooth(gain: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    kernel = np.hanning(2 * LOOK_AHEAD + 3)[1:-1].astype(np.float32)
    padded = np.pad(gain, LOOK_AHEAD, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), "valid")
