"""The promises of a finished track, each measured and held against its limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audio import ffmpeg, measures
from audio.boxes import read_movie
from audio.ffmpeg import RATE
from audio.tracks import Track

TARGET_LUFS = -20.0
AAC_LC = 2
PRIMING = 1024
FRAME_MS = 1024 * 1000 / RATE


@dataclass(frozen=True, slots=True)
class Limit:
    """A promise: what is measured, in which unit, and how far it may go."""

    what: str
    unit: str
    most: float


@dataclass(frozen=True, slots=True)
class Finding:
    """One measured value of one track or voice."""

    limit: Limit
    voice: str
    lines: int
    value: float

    @property
    def holds(self) -> bool:
        """Whether the promise is kept; a value that is no number keeps none."""
        return self.value <= self.limit.most


LOUDNESS = Limit("|loudness + 20|, ebur128", "LU", 0.3)
PEAK = Limit("true peak, ebur128", "dBTP", -1.5)
SAID_LOUDNESS = Limit("reported loudness against ebur128", "LU", 0.3)
EDGES = Limit("segment edge against silencedetect", "ms", 5.0)
# Half a sample a read for what two decoders make of a file's length.
START = Limit("read's start against its ideal", "ms", FRAME_MS / 2 + 0.05)
GAP = Limit("gap against 1500 / 4000", "ms", FRAME_MS + 0.1)
LENGTH = Limit("track's length against its ideal", "ms", FRAME_MS / 2 + 0.05)
PADDING = Limit("padding against 500 / 750", "ms", FRAME_MS / 2 + 0.05)
SILENCE = Limit("loudest sample between reads", "of 1", 0.0)
CLICK = Limit("largest step at a join", "dBFS", -60.0)
SAME_READ = Limit("1 - likeness of read and source", "of 1", 0.02)
EARS = Limit("left minus right", "of 1", 0.0)
FORMAT = Limit("faults of format, order, edit list", "", 0.0)
SAMPLES = Limit("decoded against promised length", "samples", 0.0)
REPEATED = Limit("likeness of reads 1 and 2 within 0.5 s", "of 1", 0.5)


def examine(track: Track) -> Iterator[Finding]:
    """Everything that is promised of a track."""
    for limit, value in (*_levels(track), *_timing(track), *_sound(track), *_file(track)):
        yield Finding(limit, track.voice, track.lines, value)


def _levels(track: Track) -> Iterator[tuple[Limit, float]]:
    lufs, peak = ffmpeg.loudness(track.rendered.path)
    yield LOUDNESS, abs(lufs - TARGET_LUFS)
    yield PEAK, peak
    yield SAID_LOUDNESS, abs(track.rendered.lufs - lufs)


def _timing(track: Track) -> Iterator[tuple[Limit, float]]:
    claimed = [(one.start_ms, one.end_ms) for one in track.rendered.segments]
    yield EDGES, measures.worst_edge_ms(claimed, ffmpeg.voice(track.rendered.path))
    starts = [place.start for place in track.places]
    yield START, _worst_ms(np.subtract(starts, track.ideal[:-1]))
    gaps = measures.gaps_ms(track.places)
    wanted = np.resize(measures.GAPS_MS, len(gaps))
    yield GAP, float(np.max(np.abs(gaps - wanted)))
    length = track.ears.shape[1]
    yield LENGTH, abs(length - track.ideal[-1]) * 1000 / RATE
    # The long gap follows the last read too, so that the loop keeps its pace.
    tail = measures.GAPS_MS[1] + measures.LEAD_OUT_MS
    lead = starts[0] - measures.samples(measures.LEAD_IN_MS)
    trail = length - track.places[-1].end - measures.samples(tail)
    yield PADDING, _worst_ms([lead, trail])


def _sound(track: Track) -> Iterator[tuple[Limit, float]]:
    left, right = track.ears
    yield SILENCE, measures.loudest_silence(left, track.places)
    yield CLICK, measures.roughest_join_db(left, track.places)
    yield SAME_READ, 1.0 - min(place.likeness for place in track.places)
    yield EARS, float(np.max(np.abs(left - right)))
    reads = [left[place.start : place.end] for place in track.places]
    pairs = zip(reads[::2], reads[1::2], strict=True)
    yield REPEATED, max(measures.likeness(one, other) for one, other in pairs)


def _file(track: Track) -> Iterator[tuple[Limit, float]]:
    movie = read_movie(track.rendered.path)
    length = track.ears.shape[1]
    rate_and_ears = (movie.rate, movie.channels, movie.media_scale) == (RATE, 2, RATE)
    edits = [(duration * RATE / movie.movie_scale, start) for duration, start in movie.edits]
    promises = (
        (movie.codec, movie.object_type) == ("mp4a", AAC_LC),
        rate_and_ears,
        movie.order.index("moov") < movie.order.index("mdat"),
        edits == [(length, PRIMING)],
        movie.media_samples == PRIMING + length,
    )
    yield FORMAT, float(promises.count(False))
    yield SAMPLES, abs(track.rendered.duration_ms - length * 1000 / RATE) // 1


def _worst_ms(distances: object) -> float:
    return float(np.max(np.abs(np.asarray(distances)))) * 1000 / RATE
