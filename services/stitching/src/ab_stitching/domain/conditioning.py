"""From decoded speech to a read that is ready to encode: checked, cut, faded and levelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ab_stitching.domain.errors import Broken, Silent, TooLong
from ab_stitching.domain.fades import fade_ends
from ab_stitching.domain.loudness import bin_energies, read_loudness
from ab_stitching.domain.pcm import Energies, Pcm, decibels, ratio
from ab_stitching.domain.peaks import limit, true_peak
from ab_stitching.domain.profile import SAMPLE_RATE, AudioProfile
from ab_stitching.domain.trim import sounding

_LOUDNESS_PRECISION = 0.03
# Each round leaves a fraction of the error that the one before it left.
_LIMITER_ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Levelled:
    """Sound at its final gain, and what was measured on it."""

    pcm: Pcm
    bins: Energies
    loudness: float
    true_peak: float
    gain_db: float


@dataclass(frozen=True, slots=True, eq=False)
class ConditionedRead:
    """One read as it will be heard: ``pcm`` is ``(n,)`` at 48 kHz, for both ears."""

    sound: Levelled
    source_lufs: float
    trimmed: int
    """Samples cut off before the first one."""


def condition(speech: Pcm, profile: AudioProfile) -> ConditionedRead:
    """Makes one read of decoded speech.

    Args:
        speech: ``(n,)`` samples at 48 kHz, as the provider spoke them.
        profile: the standard to make it to.

    Raises:
        Broken: a sample is not a finite number.
        TooLong: longer than a read may be.
        Silent: empty, or quieter than -50 LUFS.
    """
    _check(speech, profile)
    kept = sounding(speech, profile)
    cut = fade_ends(speech[kept], profile.fade_ms)
    bins = bin_energies(cut)
    source = read_loudness(bins)
    if source < profile.silent_below_lufs:
        raise Silent("The read is quieter than speech.", details={"lufs": round(source, 1)})
    sound = _level(cut, bins, source, profile)
    return ConditionedRead(sound, source, kept.start)


def _check(speech: Pcm, profile: AudioProfile) -> None:
    if not len(speech):
        raise Silent("The read is empty.")
    if len(speech) > profile.longest_read_s * SAMPLE_RATE:
        raise TooLong("The read is too long.", details={"seconds": len(speech) // SAMPLE_RATE})
    if not np.isfinite(speech).all():
        raise Broken("The read holds samples that are not numbers.")


def _level(pcm: Pcm, bins: Energies, loudness: float, profile: AudioProfile) -> Levelled:
    """Linear gain to the target; the limiter only where the peak demands it."""
    gain_db = _clamped(profile.target_lufs - loudness, profile)
    gain = ratio(gain_db)
    peak = true_peak(pcm) * gain
    if peak <= ratio(profile.limiter_ceiling_db):
        louder = pcm * np.float32(gain)
        return Levelled(louder, bins * gain**2, loudness + gain_db, peak, gain_db)
    return _level_with_limiter(pcm, gain_db, profile)


def _level_with_limiter(pcm: Pcm, gain_db: float, profile: AudioProfile) -> Levelled:
    """What the limiter takes away in loudness, a little more gain gives back."""
    ceiling = ratio(profile.limiter_ceiling_db)
    for attempt in range(_LIMITER_ROUNDS):
        limited = limit(pcm * np.float32(ratio(gain_db)), ceiling)
        bins = bin_energies(limited)
        loudness = read_loudness(bins)
        wanted = _clamped(gain_db + profile.target_lufs - loudness, profile)
        if attempt == _LIMITER_ROUNDS - 1 or abs(wanted - gain_db) < _LOUDNESS_PRECISION:
            break
        gain_db = wanted
    return Levelled(limited, bins, loudness, true_peak(limited), gain_db)


def _clamped(gain_db: float, profile: AudioProfile) -> float:
    return min(profile.max_gain_db, max(-profile.max_gain_db, gain_db))


def peak_db(sound: Levelled) -> float:
    """The true peak in dBTP."""
    return decibels(sound.true_peak)
