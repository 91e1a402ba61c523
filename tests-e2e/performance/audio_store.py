"""What stands in for bucket and database when a worker is measured alone: files and dicts."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from ab_shared.contracts.base import Message
from ab_shared.contracts.events import ReadPrepared, TrackRendered
from ab_shared.errors import ObjectMissing
from ab_shared.storage.ports import DEFAULT_MAX_BYTES, ObjectInfo


class FolderBlobs:
    """Implements ``Blobs`` in a folder, so that what is stored takes no memory of the worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._types: dict[str, str] = {}

    async def put(self, key: str, data: bytes, content_type: str, **_flags: bool) -> bool:
        """Stores an object."""
        await asyncio.to_thread(self._room(key, content_type).write_bytes, data)
        return True

    async def put_file(self, key: str, path: Path, content_type: str, **_flags: bool) -> bool:
        """Stores a file."""
        await asyncio.to_thread(shutil.copyfile, path, self._room(key, content_type))
        return True

    async def get(self, key: str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> bytes:
        """The whole object."""
        try:
            found = await asyncio.to_thread((self._folder / key).read_bytes)
        except FileNotFoundError as missing:
            raise ObjectMissing("No such object") from missing
        assert len(found) <= max_bytes
        return found

    async def head(self, key: str) -> ObjectInfo | None:
        """Its size and type; None when there is none."""
        path = self._folder / key
        if not path.exists():
            return None
        return ObjectInfo(key, path.stat().st_size, self._types.get(key, ""), None)

    async def delete(self, key: str) -> None:
        """Removes the object."""
        (self._folder / key).unlink(missing_ok=True)

    async def check(self) -> None:
        """A folder is always there."""

    def _room(self, key: str, content_type: str) -> Path:
        self._types[key] = content_type
        target = self._folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        return target


class DictLibrary:
    """Implements ``Library`` and its unit for reads and tracks; keeps what was announced."""

    def __init__(self) -> None:
        self.reads: dict[str, ReadPrepared] = {}
        self.tracks: dict[str, TrackRendered] = {}
        self.sent: list[Message] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[DictLibrary]:
        """No transaction: nothing fails here."""
        yield self

    async def send(self, message: Message) -> None:
        """Keeps what would go to the broker."""
        self.sent.append(message)

    async def prepared(self, prepared_address: str) -> ReadPrepared | None:
        """The read under this address."""
        return self.reads.get(prepared_address)

    async def keep_prepared(self, read: ReadPrepared) -> None:
        """Remembers a read."""
        self.reads[read.prepared_address] = read

    async def forget_prepared(self, prepared_addresses: Sequence[str]) -> None:
        """Forgets reads."""
        for address in prepared_addresses:
            self.reads.pop(address, None)

    async def track(self, track_address: str) -> TrackRendered | None:
        """The track under this address."""
        return self.tracks.get(track_address)

    async def keep_track(self, track: TrackRendered) -> None:
        """Remembers a track."""
        self.tracks[track.track_address] = track
