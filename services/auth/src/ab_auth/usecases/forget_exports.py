"""Removes archives: those that have had their week, and those of somebody who is erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.clock import Clock

from ab_auth.domain.exports import Export, called_off, let_go
from ab_auth.domain.privacy_job import PrivacyRecord
from ab_auth.export_ports import Archives, ExportStore

SWEPT_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class ForgetExports:
    """First the object, then its row: what fails half-way is found again by the row."""

    store: ExportStore
    archives: Archives
    clock: Clock

    async def __call__(self) -> int:
        """Sweeps; how many archives went."""
        async with self.store.begin() as unit:
            outlived = await unit.outlived(self.clock(), SWEPT_AT_ONCE)
        await self._forget(outlived)
        return len(outlived)

    async def of_user(self, user_id: str) -> int:
        """Everything that was ever exported for this user; how much there was. Twice does no harm.

        Raises:
            DependencyUnavailable: a worker was at one and may be storing it: ask again.
        """
        at = self.clock()
        async with self.store.begin() as unit:
            await unit.hold_user(user_id)
            before = await unit.of_user(user_id)
            theirs = [called_off(export, at) for export in before]
            for export in theirs:
                await unit.call_off(export)
        # Nobody was ever at what has no attempt; the rows of others stay, by which to find what
        # a worker stores before it notices.
        untouched = {export.job_id for export in before if export.attempt == 0}
        over = [one for one in theirs if one.job_id in untouched or let_go(one, at)]
        await self._remove([one for one in theirs if one not in over])
        await self._forget(over)
        if len(over) < len(theirs):
            raise DependencyUnavailable("An archive was being made a moment ago")
        return len(theirs)

    async def erase(self, erasure: PrivacyRecord) -> Mapping[str, int]:
        """A chore of an erasure: how much went."""
        user_id = erasure.user_id
        return {"exports": await self.of_user(user_id) if user_id is not None else 0}

    async def _forget(self, old: Sequence[Export]) -> None:
        await self._remove(old)
        async with self.store.begin() as unit:
            await unit.forget([export.job_id for export in old])

    async def _remove(self, exports: Sequence[Export]) -> None:
        for export in exports:
            for key in export.keys:
                await self.archives.remove(key)
