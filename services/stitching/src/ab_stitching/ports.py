"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from ab_shared.contracts.events import ReadPrepared, StemPublished, TrackRendered
from ab_shared.contracts.stems import Stem
from ab_shared.database.ports import UnitOfWork

from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.stems.make import RenderedStem
from ab_stitching.domain.track import RenderedTrack


class LibraryUnit(UnitOfWork, Protocol):
    """What this service has made, inside one transaction."""

    async def prepared(self, prepared_address: str) -> ReadPrepared | None:
        """The read under this address, as it was announced."""
        ...

    async def keep_prepared(self, read: ReadPrepared) -> None:
        """Remembers a read; the first one stays."""
        ...

    async def forget_prepared(self, prepared_addresses: Sequence[str]) -> None:
        """Forgets reads whose objects are gone or damaged."""
        ...

    async def track(self, track_address: str) -> TrackRendered | None:
        """The track under this address, as it was announced."""
        ...

    async def keep_track(self, track: TrackRendered) -> None:
        """Remembers a track; the first one stays."""
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
