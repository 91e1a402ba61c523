"""What the use cases about archives need from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from ab_shared.contracts.exporting import ExportedFile, ExportedRecord, ExportPage, Held
from ab_shared.database.ports import UnitOfWork

from ab_auth.domain.exports import Export


class Exports(UnitOfWork, Protocol):
    """Exports inside one transaction."""

    async def hold_user(self, user_id: str) -> None:
        """Makes everybody else who holds this user's exports wait until the transaction ends."""
        ...

    async def newest(self, user_id: str) -> Export | None:
        """The user's last export."""
        ...

    async def add(self, export: Export) -> None:
        """Keeps a new one."""
        ...

    async def take(self, now: datetime) -> Export | None:
        """The next attempt at a live one that is due; two callers at once get different ones."""
        ...

    async def renew(self, export: Export, until: datetime) -> bool:
        """Holds it longer; False when it is somebody else's by now, over or gone."""
        ...

    async def keep(self, export: Export) -> bool:
        """Writes one that is held; False when it is somebody else's by now, over or gone."""
        ...

    async def of_user(self, user_id: str) -> Sequence[Export]:
        """All there are of a user, held until the transaction ends."""
        ...

    async def call_off(self, export: Export) -> None:
        """Writes one that is held by this transaction, whosever attempt it was."""
        ...

    async def outlived(self, now: datetime, limit: int) -> Sequence[Export]:
        """Those whose archive, or failure, is not kept any longer, longest first."""
        ...

    async def forget(self, job_ids: Sequence[UUID]) -> int:
        """Removes them; how many there were."""
        ...


class ExportStore(Protocol):
    """The exports of everybody."""

    def begin(self) -> AbstractAsyncContextManager[Exports]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


class OwnRecords(Protocol):
    """What this service itself holds of a user."""

    async def page(self, user_id: str, kind: str, after: str, limit: int) -> Sequence[Held]:
        """Rows of one kind behind the key ``after``, in the order of their keys."""
        ...


class Source(Protocol):
    """A service that tells what it holds of a user."""

    @property
    def name(self) -> str:
        """Its name, and that of its folder in the archive."""
        ...

    def pages(self, user_id: str) -> AsyncIterator[ExportPage]:
        """Page after page; ``TransientError`` when it does not answer."""
        ...


@dataclass(frozen=True, slots=True)
class Packed:
    """A finished archive on the disk."""

    path: Path
    bytes: int
    sha256: str


class Packing(Protocol):
    """An archive that is being written."""

    async def add(self, folder: str, records: Sequence[ExportedRecord]) -> None:
        """Appends to one JSON file a kind; kinds of a folder come one after the other."""
        ...

    async def sound(self, file: ExportedFile) -> str | None:
        """Puts in a sound; why not, where that can't be done for good.

        Raises:
            DependencyUnavailable: the store did not answer.
        """
        ...

    async def finish(self, left_out: Sequence[tuple[str, str]]) -> Packed:
        """Closes the archive; what was left out is listed in it with its reason."""
        ...


class Archives(Protocol):
    """Where archives are packed and kept."""

    def packing(self) -> AbstractAsyncContextManager[Packing]:
        """A fresh archive on the disk, gone from there after the block."""
        ...

    async def store(self, key: str, packed: Packed) -> None:
        """Puts a finished one into the object store."""
        ...

    async def remove(self, key: str) -> None:
        """Removes one from there; removing what is not there is no error."""
        ...
