"""Makes raw speech ready for splicing, once per address."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from ab_shared.contracts.commands import PrepareRead as Command
from ab_shared.contracts.events import SPEECH_GONE, ReadPrepared, ReadRejected
from ab_shared.errors import ObjectMissing, PermanentError
from ab_shared.storage.ports import Blobs

from ab_stitching.domain.profile import SAMPLE_RATE
from ab_stitching.ports import Engine, Library, ReadStore
from ab_stitching.usecases.read_metrics import READS

# Before it is in memory; the decoder has a bound of its own.
LARGEST_SPEECH_BYTES = 20_000_000
logger = logging.getLogger("ab.stitching")


@dataclass(frozen=True, slots=True)
class PrepareRead:
    """Doing it twice announces the same read twice and works once."""

    library: Library
    speech: Blobs
    reads: ReadStore
    engine: Engine

    async def __call__(self, command: Command) -> None:
        """Announces ReadPrepared, or ReadRejected when the speech cannot be used."""
        async with self.library.begin() as unit:
            known = await unit.prepared(command.prepared_address)
            if known is not None:
                READS.labels("hit").inc()
                await unit.send(known.model_copy(update={"prepared": False}))
                return
        try:
            event = await self._prepare(command)
        # A missing object too: the session service forgets the read and has it spoken anew.
        except PermanentError as error:
            await self._reject(command, error)
            return
        async with self.library.begin() as unit:
            await unit.keep_prepared(event)
            await unit.send(event)
        READS.labels("rendered").inc()

    async def _prepare(self, command: Command) -> ReadPrepared:
        raw = await self.speech.get(command.speech_key, max_bytes=LARGEST_SPEECH_BYTES)
        started = time.perf_counter()
        read = await self.engine.prepare(raw)
        spent_ms = round((time.perf_counter() - started) * 1000)
        await self.reads.keep(command.prepared_address, read)
        return ReadPrepared(
            speech_address=command.speech_address,
            prepared_address=command.prepared_address,
            duration_ms=round(read.duration_ms),
            prepared=True,
            preparation_ms=spent_ms,
            trimmed_ms=round(read.trimmed * 1000 / SAMPLE_RATE),
        )

    async def _reject(self, command: Command, error: PermanentError) -> None:
        READS.labels("failed").inc()
        logger.warning("A read cannot be used", extra={"error": type(error).__name__})
        rejected = ReadRejected(
            speech_address=command.speech_address,
            prepared_address=command.prepared_address,
            code=SPEECH_GONE if isinstance(error, ObjectMissing) else error.code,
            message=error.message,
        )
        async with self.library.begin() as unit:
            await unit.send(rejected)
