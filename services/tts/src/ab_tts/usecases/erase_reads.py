"""Erases speech that nobody wants any more, because the person it was spoken for is erased."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ab_shared.contracts.privacy import Erased, EraseSpeech
from ab_shared.database.ports import UnitOfWork
from ab_shared.storage.ports import Blobs
from ab_shared.storage.reconciling import Named, delete_all

logger = logging.getLogger("ab.tts")


class ErasingUnit(UnitOfWork, Protocol):
    """Finished reads, inside one transaction."""

    async def hold(self, addresses: Sequence[str], erased_at: datetime) -> Sequence[Named]:
        """Those of them that nobody has asked for since; whoever asks now waits."""
        ...

    async def forget(self, addresses: Sequence[str]) -> None:
        """Forgets reads that are held."""
        ...

    async def forget_paid(self, addresses: Sequence[str], erased_at: datetime) -> None:
        """Forgets sound of before that is paid for and not stored yet."""
        ...


class Erasing(Protocol):
    """What was spoken."""

    def begin(self) -> AbstractAsyncContextManager[ErasingUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


@dataclass(frozen=True, slots=True)
class EraseReads:
    """Object and row go while the row is held: who asks for the read meanwhile has it made anew.

    Doing it again finds nothing left and reports all the same.
    """

    reads: Erasing
    speech: Blobs

    async def __call__(self, command: EraseSpeech) -> None:
        """Announces ``Erased``; DependencyUnavailable when the store does not answer."""
        async with self.reads.begin() as unit:
            gone = await unit.hold(command.speech, command.erased_at)
            await delete_all(self.speech, [read.key for read in gone])
            await unit.forget([read.name for read in gone])
            await unit.forget_paid(command.speech, command.erased_at)
            counts = {"speech": len(gone)}
            await unit.send(
                Erased(
                    erasure_id=command.erasure_id, service="tts", part=command.part, counts=counts
                )
            )
        logger.info("Speech was erased", extra={"erasure": str(command.erasure_id), **counts})
