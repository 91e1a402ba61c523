"""Real spoken tracks through the production code: speech, prepared reads, a finished file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ab_stitching.adapters.engine import prepare_read, render_track
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.track import RenderedTrack

from audio import ffmpeg, measures
from audio.ffmpeg import Sound
from audio.lines import LINES
from audio.speech import reads_of, speak


@dataclass(frozen=True)
class Voiced:
    """All lines of one voice: raw files, trimmed by the oracle's own hand, and prepared."""

    voice: str
    raw: Sequence[Path]
    sources: Sequence[Sound]
    """48 kHz mono, trimmed; nothing of the product has touched them since the voice."""
    prepared: Sequence[PreparedRead]


@dataclass(frozen=True)
class Track:
    """A finished file, what the product says of it, and where each source is found in it."""

    voice: str
    lines: int
    rendered: RenderedTrack
    ears: Sound
    places: Sequence[measures.Place]
    ideal: Sequence[int]


def voiced(voice: str) -> Voiced:
    """Speaks (or finds) and prepares every line."""
    raw = speak(reads_of(voice, LINES))
    sources = [measures.trimmed(ffmpeg.decoded(path, channels=1)[0]) for path in raw]
    return Voiced(voice, raw, sources, [prepare_read(path.read_bytes()) for path in raw])


def render(voiced: Voiced, lines: int, folder: Path) -> Track:
    """The track of the first lines, and where its reads stand."""
    target = folder / f"{voiced.voice}-{lines}.m4a"
    rendered = render_track(voiced.prepared[: 2 * lines], target)
    return heard(voiced.voice, rendered, voiced.sources[: 2 * lines])


def heard(voice: str, rendered: RenderedTrack, sources: Sequence[Sound]) -> Track:
    """A finished file and where each source is found in it."""
    ears = ffmpeg.decoded(rendered.path)
    ideal = measures.ideal_starts([len(source) for source in sources])
    places = [
        measures.find(source, ears[0], expected)
        for source, expected in zip(sources, ideal, strict=False)
    ]
    return Track(voice, len(sources) // 2, rendered, ears, places, ideal)
