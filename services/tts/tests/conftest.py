"""A book of reads in memory, held to the same tests as the one in Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import monotonic

import pytest
from ab_shared.contracts.base import Message
from ab_shared.contracts.events import ReadReady
from ab_shared.storage.reconciling import Named
from ab_shared.testing.memory_transactions import (
    MemoryTransaction,
    MemoryTransactions,
    MemoryUnitOfWork,
)
from ab_tts.domain.metering import VendorCall


class MemoryReadBook:
    """Implements ``ReadBook``."""

    def __init__(self) -> None:
        self.transactions = MemoryTransactions(producer="tts")
        self.reads: dict[str, ReadReady] = {}
        self.claims: dict[str, float] = {}
        self.paid: dict[str, tuple[ReadReady, bytes]] = {}
        self.calls: list[tuple[str, VendorCall]] = []
        self.room = True

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryReadBookUnit]:
        async with self.transactions.begin() as transaction:
            yield MemoryReadBookUnit(self, transaction)

    @property
    def sent(self) -> list[Message]:
        return self.transactions.sent


class MemoryReadBookUnit(MemoryUnitOfWork):
    """Implements ``ReadBookUnit``."""

    def __init__(self, book: MemoryReadBook, transaction: MemoryTransaction) -> None:
        self._book = book
        super().__init__(transaction)

    async def read(self, speech_address: str) -> ReadReady | None:
        return self._book.reads.get(speech_address)

    async def claim(self, speech_address: str, seconds: float) -> bool:
        taken = self._book.claims.get(speech_address, 0) > monotonic()
        if taken or speech_address in self._book.reads:
            return False
        self._book.claims[speech_address] = monotonic() + seconds
        return True

    async def renew(self, speech_address: str, seconds: float) -> None:
        if speech_address in self._book.claims:
            self._book.claims[speech_address] = monotonic() + seconds

    async def give_up(self, speech_address: str) -> None:
        self._book.claims.pop(speech_address, None)

    async def stored(self, names: Sequence[str], after: str, limit: int) -> Sequence[Named]:
        chosen = [a for a in sorted(self._book.reads) if (a in names if names else a > after)]
        return [Named(a, self._book.reads[a].speech_key) for a in chosen[:limit]]

    async def forget(self, speech_addresses: Sequence[str]) -> None:
        for address in speech_addresses:
            self._book.reads.pop(address, None)

    async def spool(self, read: ReadReady, audio: bytes) -> bool:
        if self._book.room:
            self._book.paid.setdefault(read.speech_address, (read, audio))
        return self._book.room

    async def spooled(self, speech_address: str) -> tuple[ReadReady, bytes] | None:
        return self._book.paid.get(speech_address)

    async def room_to_spool(self) -> bool:
        return self._book.room

    async def charge(self, speech_address: str, calls: Sequence[VendorCall]) -> None:
        self._book.calls.extend((speech_address, call) for call in calls)

    async def keep(self, read: ReadReady, provider: str) -> bool:
        assert provider
        self._book.claims.pop(read.speech_address, None)
        self._book.paid.pop(read.speech_address, None)
        return self._book.reads.setdefault(read.speech_address, read) is read


@pytest.fixture
def memory_book() -> MemoryReadBook:
    return MemoryReadBook()
