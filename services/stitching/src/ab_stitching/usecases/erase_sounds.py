"""Erases sounds that nobody wants any more, because the person they were made for is erased."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ab_shared.contracts.privacy import EraseAudio, Erased
from ab_shared.contracts.reconciling import Kind
from ab_shared.database.ports import UnitOfWork
from ab_shared.storage.ports import Blobs
from ab_shared.storage.reconciling import Named, delete_all

logger = logging.getLogger("ab.stitching")


class ErasingUnit(UnitOfWork, Protocol):
    """What was made here, inside one transaction."""

    async def hold(self, kind: Kind, names: Sequence[str], erased_at: datetime) -> Sequence[Named]:
        """Those of them that nobody has asked for since; whoever asks now waits."""
        ...

    async def forget(self, kind: Kind, names: Sequence[str]) -> None:
        """Forgets sounds that are held."""
        ...


class Erasing(Protocol):
    """What was made here."""

    def begin(self) -> AbstractAsyncContextManager[ErasingUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


@dataclass(frozen=True, slots=True)
class EraseSounds:
    """Objects and rows go while the rows are held: who asks meanwhile has it made anew.

    Doing it again finds nothing left and reports all the same.
    """

    sounds: Erasing
    shelves: Mapping[Kind, Blobs]

    async def __call__(self, command: EraseAudio) -> None:
        """Announces ``Erased``; DependencyUnavailable when the store does not answer."""
        # What is made of others first: nothing may be spliced from a read that is going.
        wanted: dict[Kind, Sequence[str]] = {
            "mixdown": command.mixdowns,
            "track": command.tracks,
            "prepared": command.prepared,
        }
        counts: dict[str, int] = {}
        async with self.sounds.begin() as unit:
            for kind, names in wanted.items():
                gone = await unit.hold(kind, names, command.erased_at) if names else ()
                await delete_all(self.shelves[kind], [sound.key for sound in gone])
                await unit.forget(kind, [sound.name for sound in gone])
                counts[kind] = len(gone)
            await unit.send(
                Erased(
                    erasure_id=command.erasure_id,
                    service="stitching",
                    part=command.part,
                    counts=counts,
                )
            )
        logger.info("Sounds were erased", extra={"erasure": str(command.erasure_id), **counts})
