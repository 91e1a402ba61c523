"""What operators see of the sound engine: how good its tracks are and how fast it works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from ab_shared.runtime.telemetry_spans import step
from prometheus_client import Counter, Histogram

from ab_stitching.domain.profile import VOICE
from ab_stitching.domain.track import RenderedTrack

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
_RATIOS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)

RENDERING = Histogram(
    "ab_render_seconds",
    "How long making a sound took, by what was made.",
    ("what",),
    buckets=SECONDS,
)
REAL_TIME_FACTOR = Histogram(
    "ab_render_real_time_factor",
    "Seconds of work for each second of sound, by what was made.",
    ("what",),
    buckets=_RATIOS,
)
TRACKS = Counter(
    "ab_tracks_rendered_total",
    "Tracks by how they were made and by audio profile.",
    ("engine_mode", "profile_version"),
)
LOUDNESS_ERROR = Histogram(
    "ab_track_loudness_error_lu",
    "Distance of a track from the loudness of the standard.",
    buckets=(0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 1, 2, 5),
)
TRUE_PEAK = Histogram(
    "ab_track_true_peak_dbtp",
    "True peak of a track; the standard allows -1.5 dBTP.",
    buckets=(-12, -9, -6, -4, -3, -2.5, -2, -1.75, -1.5, -1, 0),
)
DURATION = Histogram(
    "ab_track_duration_seconds",
    "Length of a track.",
    buckets=(10, 20, 30, 60, 120, 240, 480, 960),
)
SEGMENTS = Histogram(
    "ab_track_speech_segments",
    "Stretches of speech in a track.",
    buckets=(2, 4, 8, 16, 32, 64, 128),
)


@contextmanager
def timing(what: str) -> Iterator[list[float]]:
    """Times a block; whoever puts the seconds of sound into the list has the ratio counted."""
    started = perf_counter()
    sound: list[float] = []
    with step(f"render {what}"):
        yield sound
    spent = perf_counter() - started
    RENDERING.labels(what).observe(spent)
    if sum(sound):
        REAL_TIME_FACTOR.labels(what).observe(spent / sum(sound))


def count_track(track: RenderedTrack, profile_version: str) -> None:
    """Counts a finished track with its measures."""
    TRACKS.labels(track.engine_mode, profile_version).inc()
    LOUDNESS_ERROR.observe(abs(track.lufs - VOICE.target_lufs))
    TRUE_PEAK.observe(track.true_peak_db)
    DURATION.observe(track.duration_ms / 1000)
    SEGMENTS.observe(len(track.segments))
