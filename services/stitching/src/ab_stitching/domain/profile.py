"""The audio standard as numbers: what every read, track and stem is made to."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import audio_profile as standard

SAMPLE_RATE = 48_000
"""Samples per second of everything this service makes."""

FRAME = 1024
"""Samples in one AAC frame, the grid on which reads are placed."""

PRIMING = 1024
"""Samples the AAC encoder puts before the first one; the edit list hides them."""


def samples(milliseconds: float) -> int:
    """Whole samples in a length of time."""
    return round(milliseconds * SAMPLE_RATE / 1000)


@dataclass(frozen=True, slots=True)
class AudioProfile:
    """How the spoken layer is levelled, cut, spaced and encoded."""

    target_lufs: float = -20.0
    lufs_tolerance: float = 0.25
    # Half a dB below what is allowed: the codec moves peaks.
    limiter_ceiling_db: float = -2.0
    true_peak_limit_db: float = -1.5
    max_gain_db: float = 20.0
    # Nothing this quiet is speech, and the largest gain would not make it loud enough.
    silent_below_lufs: float = -50.0
    longest_read_s: float = 60.0
    lead_in_ms: int = 500
    lead_out_ms: int = 750
    gap_after_first_read_ms: int = standard.GAP_AFTER_READ_1_MS
    gap_after_second_read_ms: int = standard.GAP_AFTER_READ_2_MS
    fade_ms: int = 8
    trim_threshold_db: float = -50.0
    trim_keep_ms: int = 30
    voice_threshold_db: float = standard.VOICE_THRESHOLD_DB
    min_silence_ms: int = standard.MIN_SILENCE_MS
    min_voice_ms: int = 120
    bit_rate: int = 192_000


@dataclass(frozen=True, slots=True)
class StemProfile:
    """How one kind of bed is levelled and encoded."""

    target_lufs: float
    true_peak_limit_db: float = -2.0
    bit_rate: int = 96_000
    frames: int = 8448

    @property
    def length(self) -> int:
        """Samples in one loop: whole AAC frames, and a product of small primes for the FFT."""
        return self.frames * FRAME


VOICE = AudioProfile()
BRAIN_LAYER = StemProfile(target_lufs=-34.0)
BACKGROUND = StemProfile(target_lufs=-32.0)
