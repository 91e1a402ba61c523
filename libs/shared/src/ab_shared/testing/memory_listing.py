"""The keys of a bucket in memory, held to the same tests as the real one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ab_shared.storage.listing import ListedObject
from ab_shared.testing.memory_store import MemoryBlobs


class MemoryListing:
    """Implements ``Listing``; ``written`` tells when, for keys that were not written just now."""

    def __init__(self, blobs: MemoryBlobs) -> None:
        self._blobs = blobs
        self.written: dict[str, datetime] = {}

    async def page(self, prefix: str, after: str, limit: int) -> Sequence[ListedObject]:
        """From what there is now."""
        await self._blobs.check()
        keys = [key for key in self._blobs if key.startswith(prefix) and key > after]
        return [
            ListedObject(
                key,
                len(self._blobs.objects[key].data),
                self.written.get(key, datetime.now(UTC)),
            )
            for key in keys[:limit]
        ]
