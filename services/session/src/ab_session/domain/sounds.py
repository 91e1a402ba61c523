"""What is known to exist in the object store, by content address."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ab_shared.contracts.events import StemPublished, TrackRendered
from ab_shared.contracts.media import AssetRef, Segment
from ab_shared.contracts.rpc import Layer


@dataclass(frozen=True, slots=True)
class Track:
    """A rendered track and what was measured on it."""

    track_address: str
    asset: AssetRef
    loudness_lufs: float
    true_peak_dbtp: float
    segments: tuple[Segment, ...]
    engine_mode: str
    profile_version: str
    render_ms: int
    rendered_at: datetime
    read_spans: tuple[Segment, ...] = ()
    waveform: tuple[float, ...] = ()

    @classmethod
    def heard(cls, event: TrackRendered, at: datetime) -> Track:
        """The track an event tells of."""
        return cls(
            track_address=event.track_address,
            asset=event.asset,
            loudness_lufs=event.loudness_lufs,
            true_peak_dbtp=event.true_peak_dbtp,
            segments=event.segments,
            engine_mode=event.engine_mode,
            profile_version=event.profile_version,
            render_ms=event.render_ms,
            rendered_at=at,
            read_spans=event.read_spans,
            waveform=event.waveform,
        )

    def layer(self) -> Layer:
        """The track as one layer of a bundle."""
        return Layer(asset=self.asset, loudness_lufs=self.loudness_lufs)


@dataclass(frozen=True, slots=True)
class PublishedStem:
    """A stem that can be played."""

    stem_id: str
    recipe_version: str
    asset: AssetRef
    loudness_lufs: float

    @classmethod
    def heard(cls, event: StemPublished) -> PublishedStem:
        """The stem an event tells of."""
        return cls(event.stem_id, event.recipe_version, event.asset, event.loudness_lufs)

    def layer(self, hz: float | None = None) -> Layer:
        """The stem as one layer of a bundle."""
        return Layer(asset=self.asset, loudness_lufs=self.loudness_lufs, hz=hz)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Addresses and stem ids to look up."""

    speech: frozenset[str] = frozenset()
    prepared: frozenset[str] = frozenset()
    track: str | None = None
    stems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """What of it exists; ``speech`` maps an address to its key in the object store."""

    speech: dict[str, str] = field(default_factory=dict)
    prepared: frozenset[str] = frozenset()
    track: AssetRef | None = None
    stems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """How far one job's parts exist: reads spoken, reads prepared, the track, both stems."""

    spoken: int = 0
    prepared: int = 0
    track: bool = False
    stems: bool = False
