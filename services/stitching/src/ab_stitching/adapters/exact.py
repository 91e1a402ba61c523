"""The exact mode: a track decoded and encoded anew as one piece, where splicing falls short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ab_stitching.adapters.aac import decode_packets, pair_packets
from ab_stitching.adapters.mp4 import write_m4a
from ab_stitching.domain.activity import Voice, voice_activity
from ab_stitching.domain.loudness import bin_energies, compose, integrated_loudness
from ab_stitching.domain.outline import Outline, outline, waveform
from ab_stitching.domain.pcm import Energies, Pcm, decibels, ratio
from ab_stitching.domain.peaks import limit, true_peak
from ab_stitching.domain.profile import FRAME, SAMPLE_RATE, VOICE
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.track import EngineMode, RenderedTrack, TrackPlan, span


class _Measured:
    """What is heard of each read on its way into the encoder, one read in memory at a time."""

    def __init__(self, reads: Sequence[PreparedRead], plan: TrackPlan) -> None:
        self._reads = reads
        self._plan = plan
        self._gain = np.float32(ratio(VOICE.target_lufs - plan.lufs))
        self.bins: list[tuple[int, Energies]] = []
        self.outlines: list[tuple[int, Outline]] = []
        self.peak = 0.0

    def sound(self) -> Iterator[Pcm]:
        """The track in pieces: silence, read, silence and so on, exact to the sample."""
        position = 0
        for place, read in zip(self._plan.timeline.placements, self._reads, strict=True):
            yield np.zeros(place.ideal_start - position, np.float32)
            yield self._read(read, place.ideal_start)
            position = place.ideal_start + read.sample_count
        yield np.zeros(self._plan.timeline.length - position, np.float32)

    def _read(self, read: PreparedRead, start: int) -> Pcm:
        pcm = decode_packets(read.packets, read.sample_count)[0] * self._gain
        pcm = limit(pcm, ratio(VOICE.limiter_ceiling_db))
        self.bins.append((start, bin_energies(pcm)))
        self.outlines.append((start, outline(pcm)))
        self.peak = max(self.peak, true_peak(pcm))
        return pcm


def render_exact(
    reads: Sequence[PreparedRead], plan: TrackPlan, destination: Path
) -> RenderedTrack:
    """Renders a track with one gain over all of it and each read at its ideal place.

    Raises:
        Unreadable: a read's packets cannot be decoded.
        OSError: the file could not be written.
    """
    measured = _Measured(reads, plan)
    length = plan.timeline.length
    packets = list(pair_packets(_frames(measured.sound()), VOICE.bit_rate))
    written = write_m4a(packets, length, destination, VOICE.bit_rate)
    return RenderedTrack(
        path=written.path,
        size=written.size,
        sha256=written.sha256,
        duration_ms=plan.duration_ms,
        lufs=integrated_loudness(compose(measured.bins, length)),
        true_peak_db=decibels(measured.peak),
        segments=tuple(_heard_voice(packets, reads, plan)),
        waveform=waveform(measured.outlines, length),
        read_spans=tuple(
            span(place.ideal_start, read)
            for place, read in zip(plan.timeline.placements, reads, strict=True)
        ),
        engine_mode=EngineMode.EXACT,
    )


def _heard_voice(
    packets: Sequence[bytes], reads: Sequence[PreparedRead], plan: TrackPlan
) -> Iterator[Voice]:
    """Voice activity of the finished track, one read after the other."""
    for place, read in zip(plan.timeline.placements, reads, strict=True):
        # A frame earlier: there is silence, from which the decoder may start.
        first = max(0, place.ideal_start // FRAME - 1)
        length = place.ideal_start - first * FRAME + read.sample_count
        piece = packets[first : first + -(-length // FRAME) + 1]
        heard = decode_packets(piece, length)[0]
        at = round(first * FRAME * 1000 / SAMPLE_RATE)
        for voice in voice_activity(heard, VOICE):
            yield Voice(at + voice.start_ms, at + voice.end_ms)


def _frames(sound: Iterable[Pcm]) -> Iterator[Pcm]:
    """Whole frames of pieces of any length; the last one is filled up with silence."""
    rest = np.zeros(0, np.float32)
    for piece in sound:
        joined = np.concatenate((rest, piece))
        whole = len(joined) // FRAME * FRAME
        if whole:
            yield joined[:whole]
        rest = joined[whole:]
    if len(rest):
        yield np.pad(rest, (0, FRAME - len(rest)))
