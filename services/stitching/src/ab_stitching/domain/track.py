"""What a merged track will be, known from its reads before a byte of it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ab_stitching.domain.activity import Voice
from ab_stitching.domain.errors import PreparedReadStale
from ab_stitching.domain.loudness import compose, integrated_loudness
from ab_stitching.domain.outline import waveform
from ab_stitching.domain.profile import SAMPLE_RATE, AudioProfile
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.timeline import Timeline, lay_out


class EngineMode(StrEnum):
    """How a track was made: spliced from packets, or encoded anew as one piece."""

    SPLICE = "splice"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class TrackPlan:
    """Places, loudness, peak, voice activity and waveform of a track spliced from its reads."""

    timeline: Timeline
    lufs: float
    true_peak_db: float
    segments: tuple[Voice, ...]
    waveform: tuple[float, ...]
    read_spans: tuple[Voice, ...]

    @property
    def duration_ms(self) -> int:
        """Length of the whole track."""
        return round(self.timeline.length * 1000 / SAMPLE_RATE)

    def within_tolerance(self, profile: AudioProfile) -> bool:
        """Whether splicing meets the loudness and peak of the standard."""
        off = abs(self.lufs - profile.target_lufs)
        return off <= profile.lufs_tolerance and self.true_peak_db <= profile.true_peak_limit_db


@dataclass(frozen=True, slots=True)
class RenderedTrack:
    """A finished file and the facts to store beside it."""

    path: Path
    size: int
    sha256: str
    duration_ms: int
    lufs: float
    true_peak_db: float
    segments: tuple[Voice, ...]
    waveform: tuple[float, ...]
    read_spans: tuple[Voice, ...]
    engine_mode: EngineMode


def plan_track(reads: Sequence[PreparedRead], profile: AudioProfile) -> TrackPlan:
    """Plans a track; the reads stand in playing order, the two of a line side by side.

    Raises:
        PreparedReadStale: the reads were not all encoded alike.
        ValueError: no reads.
    """
    timeline = lay_out([read.sample_count for read in reads], profile)
    if len({read.stream_config for read in reads}) > 1:
        raise PreparedReadStale("The reads were not all encoded alike.")
    placed = list(zip(timeline.placements, reads, strict=True))
    bins = compose(((place.start, read.bins) for place, read in placed), timeline.length)
    return TrackPlan(
        timeline=timeline,
        lufs=integrated_loudness(bins),
        true_peak_db=max(read.true_peak_db for read in reads),
        segments=tuple(
            Voice(_ms(place.start) + voice.start_ms, _ms(place.start) + voice.end_ms)
            for place, read in placed
            for voice in read.segments
        ),
        waveform=waveform(((place.start, read.outline) for place, read in placed), timeline.length),
        read_spans=tuple(span(place.start, read) for place, read in placed),
    )


def span(start: int, read: PreparedRead) -> Voice:
    """From the first to the last sample of a read that begins at ``start`` (samples)."""
    return Voice(_ms(start), _ms(start + read.sample_count))


def _ms(position: int) -> int:
    return round(position * 1000 / SAMPLE_RATE)
