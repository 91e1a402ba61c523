"""Whether what rows name is stored, which stored objects no row names, and removing many."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ab_shared.storage.ports import Blobs

HEADS_AT_ONCE = 16
DELETES_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Named:
    """What a row says of its object; size and hash where it says so."""

    name: str
    key: str
    bytes: int | None = None
    sha256: str | None = None


async def missing(blobs: Blobs, rows: Sequence[Named]) -> tuple[str, ...]:
    """Names whose object is not there, is empty, or is not what the row says.

    Raises:
        DependencyUnavailable: the store did not answer; nothing is known then.
    """
    busy = asyncio.Semaphore(HEADS_AT_ONCE)

    async def is_stored(row: Named) -> bool:
        async with busy:
            found = await blobs.head(row.key)
        if found is None or found.bytes == 0:
            return False
        same_size = row.bytes is None or row.bytes == found.bytes
        # A writer that left no hash is believed.
        return same_size and (None in {row.sha256, found.sha256} or row.sha256 == found.sha256)

    stored = await asyncio.gather(*map(is_stored, rows))
    return tuple(row.name for row, there in zip(rows, stored, strict=True) if not there)


async def delete_all(blobs: Blobs, keys: Iterable[str]) -> None:
    """Deletes objects, some at a time; those that are gone already are no error.

    Raises:
        DependencyUnavailable: the store did not answer; some may be gone then.
    """
    busy = asyncio.Semaphore(DELETES_AT_ONCE)

    async def delete(key: str) -> None:
        async with busy:
            await blobs.delete(key)

    await asyncio.gather(*map(delete, keys))
