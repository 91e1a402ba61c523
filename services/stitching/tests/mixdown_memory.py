"""What is known of offline files, in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from ab_shared.contracts.base import Message
from ab_shared.contracts.mixdowns import MixdownRendered
from ab_shared.errors import DependencyUnavailable
from ab_shared.testing.memory_transactions import (
    MemoryTransaction,
    MemoryTransactions,
    MemoryUnitOfWork,
)

PATIENCE = 5.0


class MemoryMixdowns:
    """Implements ``Mixdowns``; while ``away`` it refuses, as a database that is down."""

    def __init__(self) -> None:
        self.transactions = MemoryTransactions(producer="stitching")
        self.files: dict[str, MixdownRendered] = {}
        self.ended: set[UUID] = set()
        self.away = False
        self.opened = 0
        self.refused = 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryMixdownUnit]:
        self.opened += 1
        try:
            if self.away:
                self.refused += 1
                raise DependencyUnavailable("The database does not answer")
            async with self.transactions.begin() as transaction:
                yield MemoryMixdownUnit(self, transaction)
        finally:
            async with self._changed:
                self._changed.notify_all()

    async def until(self, reached: Callable[[], bool]) -> None:
        """Returns when ``reached`` holds after some transaction; TimeoutError after seconds."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(reached)

    @property
    def sent(self) -> list[Message]:
        return self.transactions.sent


class MemoryMixdownUnit(MemoryUnitOfWork):
    """Implements ``MixdownUnit``."""

    def __init__(self, mixdowns: MemoryMixdowns, transaction: MemoryTransaction) -> None:
        self._mixdowns = mixdowns
        super().__init__(transaction)

    async def mixdown(self, mixdown_address: str) -> MixdownRendered | None:
        return self._mixdowns.files.get(mixdown_address)

    async def keep_mixdown(self, mixdown: MixdownRendered) -> None:
        self._mixdowns.files[mixdown.mixdown_address] = mixdown

    async def cancelled(self, job_id: UUID) -> bool:
        return job_id in self._mixdowns.ended

    async def cancel(self, job_ids: Sequence[UUID]) -> None:
        self._mixdowns.ended.update(job_ids)
