"""Makes the archives that were asked for, one after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from ab_shared.contracts.exporting import ExportedFile
from ab_shared.contracts.jobs import JobStage
from ab_shared.contracts.privacy import PrivacyJobChanged
from ab_shared.errors import AbError, TransientError
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.logs import hashed

from ab_auth.domain import exports
from ab_auth.domain.exports import COLLECTED, LEASE, Export
from ab_auth.export_ports import Archives, ExportStore, Packed, Packing, Source

logger = logging.getLogger("ab.auth")
RENEW_SECONDS = LEASE.total_seconds() / 4
MOST_SECONDS = 30 * 60.0


class LostError(Exception):
    """Somebody else works on it by now, or its user is gone."""


@dataclass(frozen=True, slots=True)
class MakeExports:
    """A worker that dies loses its lease, and the next one begins anew: nothing is half kept."""

    store: ExportStore
    sources: Sequence[Source]
    archives: Archives
    clock: Clock

    async def __call__(self) -> int:
        """Works until none is due; how many were worked on."""
        done = 0
        while (export := await self._take()) is not None:
            await self._work(export)
            done += 1
        return done

    async def _take(self) -> Export | None:
        async with self.store.begin() as unit:
            export = await unit.take(self.clock())
            if export is not None:
                await unit.send(PrivacyJobChanged(user_id=export.user_id, job=export.job()))
        return export

    async def _work(self, export: Export) -> None:
        progress = Progress(self.store, export, self.clock)
        who = {"user": hashed(export.user_id), "job_id": str(export.job_id)}
        try:
            if export.attempt > exports.MOST_ATTEMPTS:
                # Each of them died: this one would too.
                await progress.give_up(again=False)
                return
            async with asyncio.timeout(MOST_SECONDS), progress.held():
                await self._make(progress)
        except LostError:
            logger.warning("An export was taken over or called off", extra=who)
            # Stored a moment too late, an archive would be nobody's.
            with suppress(TransientError):
                await self.archives.remove(export.key)
        except (AbError, OSError, TimeoutError) as error:
            # A full disk or a service that is away may be there again; the rest will not mend.
            again = isinstance(error, TransientError | OSError | TimeoutError)
            logger.warning("An export failed", extra={**who, "error": type(error).__name__})
            with suppress(LostError):
                await progress.give_up(again=again)

    async def _make(self, progress: Progress) -> None:
        export = progress.export
        async with self.archives.packing() as packing:
            files: list[ExportedFile] = []
            for done, source in enumerate(self.sources, 1):
                async for page in source.pages(export.user_id):
                    await packing.add(source.name, page.records)
                    files += page.files
                await progress.move("collecting", COLLECTED * done / len(self.sources))
            packed = await _pack(packing, files, progress)
            await self.archives.store(export.key, packed)
            await progress.finish(packed)


async def _pack(packing: Packing, files: Sequence[ExportedFile], progress: Progress) -> Packed:
    left_out: list[tuple[str, str]] = []
    total = sum(file.asset.bytes for file in files) or 1
    done = 0
    for file in files:
        reason = await packing.sound(file)
        if reason is not None:
            left_out.append((file.name, reason))
        done += file.asset.bytes
        await progress.move("packing", COLLECTED + (1 - COLLECTED) * done / total)
    return await packing.finish(left_out)


class Progress:
    """One attempt at an export, told to its owner; every step raises LostError once it is lost."""

    def __init__(self, store: ExportStore, export: Export, clock: Clock) -> None:
        self.export = export
        self._store = store
        self._clock = clock

    async def move(self, stage: JobStage, progress: float) -> None:
        """Further."""
        await self._keep(exports.moved(self.export, stage, progress, self._clock()))

    async def finish(self, packed: Packed) -> None:
        """Ready."""
        at = self._clock()
        await self._keep(exports.finished(self.export, packed.bytes, packed.sha256, at))

    async def give_up(self, *, again: bool) -> None:
        """Due once more, or failed for good."""
        await self._keep(exports.given_up(self.export, self._clock(), again=again))

    async def _keep(self, export: Export) -> None:
        async with self._store.begin() as unit:
            if not await unit.keep(export):
                raise LostError
            await unit.send(PrivacyJobChanged(user_id=export.user_id, job=export.job()))
        self.export = export

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Renews the lease inside the block: one large file may take longer than that lasts.

        A lease that is lost ends the block, so that what nobody wants is not stored either.
        """
        working = asyncio.current_task()
        renewing = asyncio.create_task(self._renew(working))
        try:
            yield
        except asyncio.CancelledError:
            if working is None or not renewing.done() or renewing.cancelled():
                raise
            working.uncancel()
            raise LostError from None
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing

    async def _renew(self, working: asyncio.Task[object] | None) -> None:
        held = True
        while held:
            await asyncio.sleep(RENEW_SECONDS)
            # Failing to renew is no loss yet: the next step finds out whether it is.
            with suppress(TransientError):
                async with self._store.begin() as unit:
                    held = await unit.renew(self.export, self._clock() + LEASE)
        if working is not None:
            working.cancel()
