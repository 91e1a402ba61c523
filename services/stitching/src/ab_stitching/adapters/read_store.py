"""Prepared reads in the object store, the latest of them also in memory."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from ab_shared.errors import ObjectMissing, PermanentError
from ab_shared.storage.keys import prepared_key
from ab_shared.storage.ports import Blobs

from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.read_codec import dump_read, load_read
from ab_stitching.ports import Shelf

CONTENT_TYPE = "application/octet-stream"
# A minute at 192 kb/s is 1.5 MB, its loudness bins 24 KB.
LARGEST_READ_BYTES = 4_000_000
# Half of the connections the client keeps, so that storing is never locked out.
FETCHES_AT_ONCE = 16


class StoredReads:
    """Implements ``ports.ReadStore``; ``memory`` is how many reads are kept at hand."""

    def __init__(self, blobs: Blobs, memory: int) -> None:
        self._blobs = blobs
        self._memory = memory
        self._at_hand: OrderedDict[str, PreparedRead] = OrderedDict()
        self._fetching = asyncio.Semaphore(FETCHES_AT_ONCE)

    async def keep(self, prepared_address: str, read: PreparedRead) -> None:
        """Stores the read whole, then keeps it at hand."""
        await self._blobs.put(prepared_key(prepared_address), dump_read(read), CONTENT_TYPE)
        self._remember(prepared_address, read)

    async def fetch(self, prepared_addresses: Sequence[str]) -> Shelf:
        """Each address once, however often it plays."""
        wanted = list(dict.fromkeys(prepared_addresses))
        found = dict(zip(wanted, await asyncio.gather(*map(self._one, wanted)), strict=True))
        missing = tuple(address for address, read in found.items() if read is None)
        reads = tuple(read for address in prepared_addresses if (read := found[address]))
        return Shelf(reads, missing)

    async def _one(self, address: str) -> PreparedRead | None:
        if (at_hand := self._at_hand.get(address)) is not None:
            self._at_hand.move_to_end(address)
            return at_hand
        key = prepared_key(address)
        try:
            async with self._fetching:
                read = load_read(await self._blobs.get(key, max_bytes=LARGEST_READ_BYTES))
        except ObjectMissing:
            return None
        except PermanentError:  # damaged, stale, or far too large to be a read
            # Or it would be found damaged for ever: what is missing is made again.
            await self._blobs.delete(key)
            return None
        self._remember(address, read)
        return read

    def _remember(self, address: str, read: PreparedRead) -> None:
        self._at_hand[address] = read
        self._at_hand.move_to_end(address)
        while len(self._at_hand) > self._memory:
            self._at_hand.popitem(last=False)
