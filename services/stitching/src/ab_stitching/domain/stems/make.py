"""Brings a loop to its loudness, and measures what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ab_shared.contracts.stems import Stem

from ab_stitching.domain.loudness import BIN, bin_energies, integrated_loudness
from ab_stitching.domain.pcm import Energies, Pcm, decibels, ratio
from ab_stitching.domain.peaks import LOOK_AHEAD, limit, true_peak
from ab_stitching.domain.profile import StemProfile

# What encoding may add to a peak.
_HEADROOM_DB = 0.5
# The K-weighting has forgotten a quarter of a second ago; ten of its FFT steps make a piece.
_LEAD_BINS = 25
_PIECE_BINS = 1090


@dataclass(frozen=True, slots=True)
class RenderedStem:
    """A finished stem and the facts to store beside it."""

    stem: Stem
    recipe_version: str
    path: Path
    size: int
    sha256: str
    duration_ms: int
    lufs: float
    true_peak_db: float
    needs_runtime_crossfade: bool
    seam_risk_score: float


def level_loop(pcm: Pcm, profile: StemProfile, *, lufs: float | None = None) -> Pcm:
    """Brings a loop to the loudness of its kind, in place; limits it where a peak demands it.

    Args:
        pcm: ``(n,)`` for both ears, or ``(2, n)``.
        profile: the standard to make it to.
        lufs: how loud it is, where that is known better than by measuring ``pcm``.
    """
    before = loop_loudness(pcm) if lufs is None else lufs
    pcm *= np.float32(ratio(profile.target_lufs - before))
    ceiling = ratio(profile.true_peak_limit_db - _HEADROOM_DB)
    # A bed is far below its ceiling as a rule: oversampling adds less than 6 dB.
    may_exceed = max(float(np.max(pcm)), -float(np.min(pcm))) > ceiling / 2
    return _limit_round(pcm, ceiling) if may_exceed and _peak(pcm) > ceiling else pcm


def loop_loudness(pcm: Pcm) -> float:
    """Integrated loudness in LUFS of ``(n,)`` samples for both ears, or of ``(2, n)``."""
    return integrated_loudness(loop_bins(pcm), planes=1)


def loop_bins(pcm: Pcm) -> Energies:
    """K-weighted energy of both ears per 10 ms, going round: the end leads into the start.

    Piece by piece, each with what sounded before it, so that memory stays flat.

    Args:
        pcm: ``(n,)`` samples for both ears, or ``(2, n)``; an incomplete last bin is left out.
    """
    ears = np.atleast_2d(pcm)
    count = pcm.shape[-1] // BIN
    out = np.zeros(count)
    for first in range(0, count, _PIECE_BINS):
        last = min(first + _PIECE_BINS, count)
        for ear in ears:
            out[first:last] += bin_energies(_with_lead(ear, first * BIN, last * BIN))[
                _LEAD_BINS : _LEAD_BINS + last - first
            ]
    return out * (2 / len(ears))


def loop_peak_db(pcm: Pcm) -> float:
    """True peak in dBTP of the louder ear."""
    return decibels(_peak(pcm))


def _with_lead(ear: Pcm, start: int, stop: int) -> Pcm:
    lead = _LEAD_BINS * BIN
    if start >= lead:
        return ear[start - lead : stop]
    return np.concatenate((ear[start - lead :], ear[:stop]))


def _peak(pcm: Pcm) -> float:
    return max(true_peak(ear) for ear in np.atleast_2d(pcm))


def _limit_round(pcm: Pcm, ceiling: float) -> Pcm:
    """The limiter, seeing the loop's end before its beginning and the other way round."""
    margin = 2 * LOOK_AHEAD
    for ear in np.atleast_2d(pcm):
        ear[:] = limit(np.pad(ear, margin, mode="wrap"), ceiling)[margin:-margin]
    return pcm
