"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from ab_shared.contracts.events import ReadPrepared, StemPublished, TrackRendered
from ab_shared.contracts.mixdowns import MixdownRendered
from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.stems import Stem
from ab_shared.database.ports import UnitOfWork
from ab_shared.storage.reconciling import Named

from ab_stitching.domain.mixdown import MixdownPlan, MixdownWatch, RenderedMixdown
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.stems.make import RenderedStem
from ab_stitching.domain.track import RenderedTrack


class SoundCensus(Protocol):
    """Which sounds there are of a kind and under which keys, inside one transaction."""

    async def stored(
        self, kind: Kind, names: Sequence[str], after: str, limit: int
    ) -> Sequence[Named]:
        """Sounds and their objects: those with these names, else a page of all."""
        ...

    async def named(self, kind: Kind, keys: Sequence[str]) -> frozenset[str]:
        """Those of the keys that a sound has."""
        ...

    async def forget(self, kind: Kind, names: Sequence[str]) -> None:
        """Forgets sounds whose objects are gone."""
        ...


class LibraryUnit(UnitOfWork, Protocol):
    """What this service has made, inside one transaction."""

    @property
    def census(self) -> SoundCensus:
        """All of it, for those who compare it with the object store."""
        ...

    async def prepared(self, prepared_address: str) -> ReadPrepared | None:
        """The read under this address, as it was announced."""
        ...

    async def keep_prepared(self, read: ReadPrepared) -> None:
        """Remembers a read; the first one stays, the last wish for it counts."""
        ...

    async def forget_prepared(self, prepared_addresses: Sequence[str]) -> None:
        """Forgets reads whose objects are gone or damaged."""
        ...

    async def track(self, track_address: str) -> TrackRendered | None:
        """The track under this address, as it was announced."""
        ...

    async def keep_track(self, track: TrackRendered) -> None:
        """Remembers a track; the first one stays, the last wish for it counts."""
        ...

    async def stem(self, stem_id: str) -> StemPublished | None:
        """The stem as it was last announced, whatever its recipe."""
        ...

    async def keep_stem(self, stem: StemPublished) -> None:
        """Remembers a stem in place of the one before it."""
        ...


class Library(Protocol):
    """What this service has made."""

    def begin(self) -> AbstractAsyncContextManager[LibraryUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


@dataclass(frozen=True, slots=True)
class Shelf:
    """Prepared reads found, and the addresses of those that are gone or damaged."""

    reads: tuple[PreparedRead, ...]
    missing: tuple[str, ...]


class ReadStore(Protocol):
    """Where prepared reads are kept."""

    async def keep(self, prepared_address: str, read: PreparedRead) -> None:
        """Stores a read under its address."""
        ...

    async def fetch(self, prepared_addresses: Sequence[str]) -> Shelf:
        """All reads in the order asked for; damaged ones are removed and named as missing."""
        ...


class MixdownUnit(UnitOfWork, Protocol):
    """Offline files made here, inside one transaction."""

    async def mixdown(self, mixdown_address: str) -> MixdownRendered | None:
        """The file under this address, as it was announced."""
        ...

    async def keep_mixdown(self, mixdown: MixdownRendered) -> None:
        """Remembers a file in place of the one before it."""
        ...

    async def cancelled(self, job_id: UUID) -> bool:
        """Whether nobody wants this job's file any more."""
        ...

    async def cancel(self, job_ids: Sequence[UUID]) -> None:
        """Remembers for some days that nobody wants these."""
        ...


class Mixdowns(Protocol):
    """Offline files made here."""

    def begin(self) -> AbstractAsyncContextManager[MixdownUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


@dataclass(frozen=True, slots=True)
class MixdownLayer:
    """A whole file, and how long its sound must be."""

    file: bytes
    duration_ms: int


@dataclass(frozen=True, slots=True)
class MixdownLayers:
    """What a mixdown is mixed from."""

    voice: MixdownLayer
    brain_layer: MixdownLayer
    background: MixdownLayer


class MixdownEngine(Protocol):
    """The mixdown engine, off the event loop, one at a time."""

    def mixdown(
        self, plan: MixdownPlan, layers: MixdownLayers, watch: MixdownWatch
    ) -> AbstractAsyncContextManager[RenderedMixdown]:
        """A finished file, gone after the block; MixdownStopped when ``watch`` was stopped."""
        ...


class Engine(Protocol):
    """The sound engine, off the event loop and bounded."""

    async def prepare(self, raw: bytes) -> PreparedRead:
        """Prepares one read; AudioRejected when it cannot be used."""
        ...

    def render(self, reads: Sequence[PreparedRead]) -> AbstractAsyncContextManager[RenderedTrack]:
        """A finished track; its file is gone after the block."""
        ...

    def stem(self, stem: Stem) -> AbstractAsyncContextManager[RenderedStem]:
        """A finished stem; its file is gone after the block."""
        ...
