"""Checks that the speech this service knows of is stored."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.audit import Details
from ab_shared.contracts.reconciling import CheckedObjects, CheckSpeech
from ab_shared.runtime.deeds import audited
from ab_shared.storage.ports import Blobs
from ab_shared.storage.reconciling import missing

from ab_tts.ports import ReadBook

logger = logging.getLogger("ab.tts")


@dataclass(frozen=True, slots=True)
class CheckObjects:
    """A read whose object is gone is forgotten, and so spoken anew when somebody wants it."""

    book: ReadBook
    speech: Blobs

    async def __call__(self, request: CheckSpeech) -> CheckedObjects:
        """One page, or the reads that are named."""
        async with self.book.begin() as unit:
            rows = await unit.stored(request.names, request.after, request.limit)
        lost = await missing(self.speech, rows)
        if lost and not request.dry_run:
            logger.warning("Stored speech is gone", extra={"reads": len(lost)})
            async with self.book.begin() as unit:
                await unit.forget(lost)
                after: Details = {"forgotten": len(lost)}
                entry = audited(
                    "objects.forget", "objects:speech", request.actor, "operator", after=after
                )
                await unit.send(entry)
        known = {row.name for row in rows}
        unknown = tuple(name for name in request.names if name not in known)
        more = not request.names and len(rows) == request.limit
        return CheckedObjects(
            checked=len(rows), missing=lost + unknown, next=rows[-1].name if more else None
        )
