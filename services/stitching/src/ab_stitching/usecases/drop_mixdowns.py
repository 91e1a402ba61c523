"""Deletes offline files that nobody has wanted for a while."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.offline import DropMixdowns as Command
from ab_shared.storage.ports import Blobs
from ab_shared.storage.reconciling import delete_all

from ab_stitching.usecases.erase_sounds import Erasing

logger = logging.getLogger("ab.stitching")


@dataclass(frozen=True, slots=True)
class DropMixdowns:
    """As an erasure does it: whoever asks for one meanwhile waits, and has it made anew."""

    sounds: Erasing
    media: Blobs

    async def __call__(self, command: Command) -> None:
        """Tells nobody; DependencyUnavailable when the store does not answer."""
        async with self.sounds.begin() as unit:
            gone = await unit.hold("mixdown", command.mixdowns, command.unwanted_since)
            await delete_all(self.media, [sound.key for sound in gone])
            await unit.forget("mixdown", [sound.name for sound in gone])
        logger.info("Offline files were dropped", extra={"files": len(gone)})
