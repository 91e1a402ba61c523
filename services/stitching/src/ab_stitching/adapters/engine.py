"""The sound engine: prepares reads and splices tracks; blocking, one core each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ab_stitching.adapters.aac import decode_packets, encode_read, silent_packet, stream_config
from ab_stitching.adapters.decode import decode_speech
from ab_stitching.adapters.exact import render_exact
from ab_stitching.adapters.mp4 import write_m4a
from ab_stitching.domain.activity import voice_activity
from ab_stitching.domain.conditioning import condition
from ab_stitching.domain.errors import PreparedReadStale
from ab_stitching.domain.profile import VOICE
from ab_stitching.domain.read import PreparedRead, assemble
from ab_stitching.domain.timeline import Timeline
from ab_stitching.domain.track import EngineMode, RenderedTrack, plan_track


def prepare_read(raw: bytes) -> PreparedRead:
    """Decodes, levels, measures and encodes one read.

    Raises:
        AudioRejected: it is unreadable, silent, broken, too large or too long.
    """
    read = condition(decode_speech(raw), VOICE)
    packets = encode_read(read.sound.pcm, VOICE.bit_rate)
    # Near the threshold the codec moves the voice's edges by up to 20 ms: what counts is heard.
    heard = decode_packets(packets, len(read.sound.pcm))[0]
    return assemble(read, packets, stream_config(), voice_activity(heard, VOICE))


def render_track(reads: Sequence[PreparedRead], destination: Path) -> RenderedTrack:
    """Splices reads, in playing order, into a finished file.

    Where splicing would miss the loudness of the standard, the track is encoded anew.

    Raises:
        PreparedReadStale: a read was encoded in another way than this engine does.
        ValueError: no reads.
        OSError: the file could not be written.
    """
    plan = plan_track(reads, VOICE)
    # Packets are only joined to packets of the same encoder set-up, or a player stumbles.
    if reads[0].stream_config != stream_config():
        raise PreparedReadStale("The reads were encoded for another stream.")
    if not plan.within_tolerance(VOICE):
        return render_exact(reads, plan, destination)
    packets = _spliced(reads, plan.timeline)
    written = write_m4a(packets, plan.timeline.length, destination, VOICE.bit_rate)
    return RenderedTrack(
        path=written.path,
        size=written.size,
        sha256=written.sha256,
        duration_ms=plan.duration_ms,
        lufs=plan.lufs,
        true_peak_db=plan.true_peak_db,
        segments=plan.segments,
        waveform=plan.waveform,
        read_spans=plan.read_spans,
        engine_mode=EngineMode.SPLICE,
    )


def _spliced(reads: Sequence[PreparedRead], timeline: Timeline) -> Iterator[bytes]:
    """Every packet of the track; what lies between reads is one packet of silence, repeated."""
    silence = silent_packet()
    position = 0
    for place, read in zip(timeline.placements, reads, strict=True):
        for _ in range(place.first_frame - position):
            yield silence
        yield from read.packets
        position = place.first_frame + len(read.packets)
    for _ in range(timeline.frames + 1 - position):
        yield silence
