"""What a bed sounds like, in numbers that can be held against what the real thing does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.loudness import integrated_loudness
from ab_stitching.domain.pcm import Energies, Pcm, decibels
from ab_stitching.domain.profile import SAMPLE_RATE
from ab_stitching.domain.stems.make import loop_bins

Floats = npt.NDArray[np.float64]

OCTAVES_HZ = (31.5, 63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0)
BINS_PER_SECOND = 100

_WINDOW = 8192
# Every third window: a spectrum over three minutes is settled long before all have been seen.
_HOP = 3 * _WINDOW
_HARSH_HZ = 8000.0
_SLOPE_HZ = (180.0, 8000.0)
# BS.1770 and EBU Tech 3341: momentary over 400 ms, short-term over 3 s.
_MOMENTARY_BINS = 40
_SHORT_TERM_BINS = 300
_RISE_BINS = 50
_EVENT_DB = 3.0
_TICK = 120
_AROUND = 120
_PIECE = 2000
# A repetition is looked for between five seconds and half the loop: from there on it mirrors.
_SHORTEST_REPETITION_S = 5.0
_ENVELOPE_BINS = 10
_SLOWEST_BEAT_S = 30.0
_MEDIUM_HZ, _FAST_HZ = 1.0, 8.0


@dataclass(frozen=True, slots=True)
class Character:
    """The measures of one loop.

    Attributes:
        octaves_db: energy of each octave of ``OCTAVES_HZ``, over the whole.
        centroid_hz: the spectrum's centre of gravity.
        slope_db: of the power density per octave, fitted from 180 Hz to 8 kHz.
        above_8k_db: what lies above 8 kHz, over the whole.
        range_lu: 95th over 10th percentile of the short-term loudness (after EBU Tech 3342).
        outburst_lu: the loudest momentary loudness over the integrated one.
        rise_lu: the most that the momentary loudness rises within half a second.
        crest_db: highest sample over the RMS.
        events_per_s: spans of 2.5 ms whose treble stands 3 dB out of the 0.3 s around them.
        slow, medium, fast: shares of the loudness' movement below 1, from 1 to 8 and above 8 Hz.
        swell_s: the period in which most of the movement between 3 and 30 s lies.
        repetition: the highest autocorrelation of the loudness' movement at 5 s and more.
        correlation: of left and right.
    """

    octaves_db: tuple[float, ...]
    centroid_hz: float
    slope_db: float
    above_8k_db: float
    range_lu: float
    outburst_lu: float
    rise_lu: float
    crest_db: float
    events_per_s: float
    slow: float
    medium: float
    fast: float
    swell_s: float
    repetition: float
    correlation: float


def character_of(pcm: Pcm) -> Character:
    """Measures a loop of ``(n,)`` or ``(2, n)`` samples that is not silent."""
    ears = np.atleast_2d(pcm)
    hz, power = _spectrum(ears)
    total = power.sum()
    bins = loop_bins(pcm)
    momentary = _levels(bins, _MOMENTARY_BINS)
    short = _levels(bins, _SHORT_TERM_BINS)
    slow, medium, fast = _movement(bins)
    loudness = integrated_loudness(bins, planes=1)
    return Character(
        octaves_db=_octaves(hz, power),
        centroid_hz=float((hz * power).sum() / total),
        slope_db=_slope(hz, power),
        above_8k_db=_db(power[hz >= _HARSH_HZ].sum() / total),
        range_lu=float(np.percentile(short, 95) - np.percentile(short, 10)),
        outburst_lu=float(momentary.max()) - loudness,
        rise_lu=float((np.roll(momentary, -_RISE_BINS) - momentary).max()),
        crest_db=decibels(_peak(ears)) - decibels(float(np.sqrt(_mean_square(ears)))),
        events_per_s=_events(ears),
        slow=slow,
        medium=medium,
        fast=fast,
        swell_s=_swell(bins),
        repetition=_repetition(bins),
        correlation=_correlation(ears),
    )


def loudness_over_time(pcm: Pcm, *, short_term: bool = True) -> Floats:
    """Loudness in LUFS every 10 ms, over the 3 s (or 400 ms) that follow, round the loop."""
    return _levels(loop_bins(pcm), _SHORT_TERM_BINS if short_term else _MOMENTARY_BINS)


def _spectrum(ears: Pcm) -> tuple[Floats, Floats]:
    window = np.hanning(_WINDOW).astype(np.float32)
    starts = range(0, ears.shape[1] - _WINDOW + 1, _HOP)
    powers = [
        np.square(np.abs(np.fft.rfft(ears[:, at : at + _WINDOW] * window))).sum(axis=0)
        for at in starts
    ]
    power: Floats = np.asarray(np.sum(powers, axis=0), np.float64)
    hz: Floats = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE).astype(np.float64)
    return hz, power


def _octaves(hz: Floats, power: Floats) -> tuple[float, ...]:
    total = power.sum()
    root = np.sqrt(2.0)
    shares = (power[(hz >= mid / root) & (hz < mid * root)].sum() / total for mid in OCTAVES_HZ)
    return tuple(_db(share) for share in shares)


def _slope(hz: Floats, power: Floats) -> float:
    edges = np.geomspace(*_SLOPE_HZ, 24)
    middles = np.sqrt(edges[:-1] * edges[1:])
    density = [_db(power[(hz >= low) & (hz < high)].mean()) for low, high in pairwise(edges)]
    return float(np.polyfit(np.log2(middles), density, 1)[0])


def _levels(bins: Energies, width: int) -> Floats:
    """Loudness of each ``width`` bins, going round."""
    total = np.cumsum(np.concatenate(([0.0], bins, bins[:width])))
    power = (total[width:] - total[:-width])[: len(bins)] / (width * SAMPLE_RATE / 100)
    levels: Floats = -0.691 + 10.0 * np.log10(np.maximum(power, 1e-10))
    return levels


def _movement(bins: Energies) -> tuple[float, float, float]:
    levels = 10.0 * np.log10(bins + bins.mean() * 1e-4)
    power = np.square(np.abs(np.fft.rfft(levels - levels.mean())))
    rate = np.fft.rfftfreq(len(levels), 1 / BINS_PER_SECOND)
    faster, fastest = rate >= _MEDIUM_HZ, rate >= _FAST_HZ
    shares = (power[~faster], power[faster & ~fastest], power[fastest])
    slow, medium, fast = (float(share.sum() / power.sum()) for share in shares)
    return slow, medium, fast


def _swell(bins: Energies) -> float:
    levels = 10.0 * np.log10(bins + bins.mean() * 1e-4)
    power = np.square(np.abs(np.fft.rfft(levels - levels.mean())))
    rate = np.fft.rfftfreq(len(levels), 1 / BINS_PER_SECOND)
    within = (rate >= 1 / 30) & (rate <= 1 / 3)
    return float(1.0 / np.average(rate[within], weights=power[within]))


def _repetition(bins: Energies) -> float:
    """Round the loop, on tenths of a second; a loop without movement repeats nothing."""
    whole = len(bins) // _ENVELOPE_BINS * _ENVELOPE_BINS
    levels = 10.0 * np.log10(bins[:whole].reshape(-1, _ENVELOPE_BINS).mean(axis=1) + 1e-12)
    power = np.square(np.abs(np.fft.rfft(levels)))
    # What moves more slowly than in half a minute is a mood, not a beat.
    power[: round(len(levels) / BINS_PER_SECOND * _ENVELOPE_BINS / _SLOWEST_BEAT_S)] = 0.0
    alike = np.fft.irfft(power, len(levels))
    first = round(_SHORTEST_REPETITION_S * BINS_PER_SECOND / _ENVELOPE_BINS)
    return float(alike[first : len(levels) // 2].max() / max(alike[0], 1e-12))


def _events(ears: Pcm) -> float:
    """On the difference of neighbouring samples, which leaves the bass out."""
    whole = (ears.shape[1] - 1) // _TICK
    ticks = np.zeros(whole)
    for ear in ears:
        for at in range(0, whole, _PIECE):
            steps = np.diff(ear[at * _TICK : min(at + _PIECE, whole) * _TICK + 1])
            ticks[at : at + _PIECE] += np.square(steps).reshape(-1, _TICK).sum(axis=1)
    padded = np.pad(ticks, (_AROUND // 2, _AROUND // 2), mode="wrap")
    local = np.convolve(padded, np.full(_AROUND, 1 / _AROUND), "valid")[:whole]
    stands_out = ticks > local * 10 ** (_EVENT_DB / 10)
    starts = stands_out & ~np.roll(stands_out, 1)
    return float(np.count_nonzero(starts) * SAMPLE_RATE / ears.shape[1])


def _correlation(ears: Pcm) -> float:
    if len(ears) == 1:
        return 1.0
    left, right = ears
    both = float(np.dot(left, right))
    return both / float(np.sqrt(float(np.dot(left, left)) * float(np.dot(right, right))))


def _peak(ears: Pcm) -> float:
    return max(float(np.max(ears)), -float(np.min(ears)))


def _mean_square(ears: Pcm) -> float:
    return float(np.mean([np.dot(ear, ear) / len(ear) for ear in ears]))


def _db(ratio_of_power: float) -> float:
    return float(10.0 * np.log10(max(ratio_of_power, 1e-12)))
