"""Exports, archives and services in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from ab_auth.domain.exports import KEPT, Export, taken
from ab_auth.export_ports import Packed
from ab_shared.contracts.exporting import ExportedFile, ExportedRecord, ExportPage
from ab_shared.testing.memory_transactions import (
    MemoryTransaction,
    MemoryTransactions,
    MemoryUnitOfWork,
)


class MemoryExports:
    """Implements ``ExportStore``; one transaction at a time."""

    def __init__(self) -> None:
        self.transactions = MemoryTransactions(producer="auth")
        self.rows: dict[UUID, Export] = {}
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryExportUnit]:
        async with self._alone:
            before = dict(self.rows)
            try:
                async with self.transactions.begin() as transaction:
                    yield MemoryExportUnit(self.rows, transaction)
            except BaseException:
                self.rows = before
                raise


class MemoryExportUnit(MemoryUnitOfWork):
    """Implements ``Exports``."""

    def __init__(self, rows: dict[UUID, Export], transaction: MemoryTransaction) -> None:
        super().__init__(transaction)
        self._rows = rows

    async def hold_user(self, user_id: str) -> None:
        """Transactions come one at a time here."""

    async def newest(self, user_id: str) -> Export | None:
        return max(await self.of_user(user_id), key=lambda row: row.created_at, default=None)

    async def add(self, export: Export) -> None:
        self._rows[export.job_id] = export

    async def take(self, now: datetime) -> Export | None:
        due = [row for row in self._rows.values() if row.due_at is not None and row.due_at <= now]
        if not due:
            return None
        export = taken(min(due, key=lambda row: row.due_at or now), now)
        self._rows[export.job_id] = export
        return export

    async def renew(self, export: Export, until: datetime) -> bool:
        held = self._held(export)
        if held:
            self._rows[export.job_id] = replace(self._rows[export.job_id], due_at=until)
        return held

    async def keep(self, export: Export) -> bool:
        held = self._held(export)
        if held:
            self._rows[export.job_id] = export
        return held

    async def of_user(self, user_id: str) -> Sequence[Export]:
        return [row for row in self._rows.values() if row.user_id == user_id]

    async def call_off(self, export: Export) -> None:
        self._rows[export.job_id] = export

    async def outlived(self, now: datetime, limit: int) -> Sequence[Export]:
        ends = {
            r.job_id: r.archive.expires_at if r.archive else (r.finished_at or now) + KEPT
            for r in self._rows.values()
            if not r.live
        }
        rows = [self._rows[job_id] for job_id, end in ends.items() if end <= now]
        return sorted(rows, key=lambda row: row.created_at)[:limit]

    async def forget(self, job_ids: Sequence[UUID]) -> int:
        return sum(self._rows.pop(job_id, None) is not None for job_id in job_ids)

    def _held(self, export: Export) -> bool:
        row = self._rows.get(export.job_id)
        return row is not None and row.attempt == export.attempt and row.live


@dataclass
class MemorySource:
    """Implements ``Source``; raises ``failure`` after its first page."""

    name: str
    told: Sequence[ExportPage] = ()
    failure: Exception | None = None
    asked: list[str] = field(default_factory=list)

    async def pages(self, user_id: str) -> AsyncIterator[ExportPage]:
        self.asked.append(user_id)
        for page in self.told:
            yield page
        if self.failure is not None:
            raise self.failure


class MemoryPacking:
    """Implements ``Packing``."""

    def __init__(self, archives: MemoryArchives) -> None:
        self._archives = archives
        self.records: list[tuple[str, str]] = []
        self.sounds: list[str] = []

    async def add(self, folder: str, records: Sequence[ExportedRecord]) -> None:
        self.records += [(folder, record.kind) for record in records]

    async def sound(self, file: ExportedFile) -> str | None:
        await self._archives.before_sound()
        self.sounds.append(file.name)
        return self._archives.missing.get(file.name)

    async def finish(self, left_out: Sequence[tuple[str, str]]) -> Packed:
        self._archives.left_out = list(left_out)
        return Packed(Path("archive.zip"), 7, "ab" * 32)


class MemoryArchives:
    """Implements ``Archives``."""

    def __init__(self) -> None:
        self.stored: dict[str, MemoryPacking] = {}
        self.missing: dict[str, str] = {}
        self.left_out: list[tuple[str, str]] = []
        self.failure: Exception | None = None
        self.last: MemoryPacking | None = None

    async def before_sound(self) -> None:
        """Where a test lets something else happen."""

    @asynccontextmanager
    async def packing(self) -> AsyncIterator[MemoryPacking]:
        self.last = MemoryPacking(self)
        yield self.last

    async def store(self, key: str, packed: Packed) -> None:
        del packed
        if self.failure is not None:
            raise self.failure
        if self.last is not None:
            self.stored[key] = self.last

    async def remove(self, key: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.stored.pop(key, None)
