"""Looks at single reads that are stored, and gives up those that are broken."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.inspecting import (
    DiscardedObjects,
    DiscardSpeech,
    InspectedObjects,
    InspectSpeech,
)
from ab_shared.runtime.deeds import audited
from ab_shared.storage.inspecting import inspect
from ab_shared.storage.ports import Blobs

from ab_tts.ports import ReadBook

logger = logging.getLogger("ab.tts")


@dataclass(frozen=True, slots=True)
class InspectObjects:
    """Reads rows and objects; changes neither."""

    book: ReadBook
    speech: Blobs

    async def __call__(self, request: InspectSpeech) -> InspectedObjects:
        """One verdict a name; DependencyUnavailable when the store does not answer."""
        async with self.book.begin() as unit:
            rows = await unit.stored(request.names, "", len(request.names))
        return await inspect(
            self.speech, rows, request.names, deep=request.deep, budget_bytes=request.budget_bytes
        )


@dataclass(frozen=True, slots=True)
class DiscardObjects:
    """Rows go, objects stay until the next wish writes over them."""

    book: ReadBook

    async def __call__(self, request: DiscardSpeech) -> DiscardedObjects:
        """How many had a row."""
        async with self.book.begin() as unit:
            rows = await unit.stored(request.names, "", len(request.names))
            await unit.forget([row.name for row in rows])
            entry = audited(
                "objects.discard",
                "objects:speech",
                request.actor,
                request.actor_kind,
                after={"discarded": len(rows)},
                reason=request.reason,
            )
            await unit.send(entry)
        logger.warning("Speech was given up", extra={"reads": len(rows)})
        return DiscardedObjects(discarded=len(rows))
