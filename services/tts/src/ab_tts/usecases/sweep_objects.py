"""Deletes speech that nobody knows of any more."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts.audit import Details
from ab_shared.contracts.reconciling import SweepSpeech, SweptObjects
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited
from ab_shared.storage.listing import Listing
from ab_shared.storage.ports import Blobs

from ab_tts.ports import ReadBook

PREFIX = "speech/"
CLAIM_SECONDS = 30.0
logger = logging.getLogger("ab.tts")


@dataclass(frozen=True, slots=True)
class SweepObjects:
    """Whoever deletes holds the claim of the read, so that nobody speaks it at that moment."""

    book: ReadBook
    speech: Blobs
    listing: Listing
    clock: Clock

    async def __call__(self, request: SweepSpeech) -> SweptObjects:
        """One page of the bucket."""
        listed = await self.listing.page(PREFIX, request.after, request.limit)
        by_name = {item.key.rpartition("/")[2]: item for item in listed}
        async with self.book.begin() as unit:
            rows = await unit.stored(tuple(by_name), "", request.limit) if by_name else ()
        orphans = by_name.keys() - {row.name for row in rows}
        before = self.clock() - timedelta(seconds=request.grace_seconds)
        old = sorted(name for name in orphans if by_name[name].written_at <= before)
        doomed = () if request.dry_run else old
        if doomed:
            # Before the deed, which no transaction holds: none shall go unseen.
            await self._tell(request, len(doomed))
        deleted = 0
        for name in doomed:
            deleted += await self._delete(name, by_name[name].key)
        if deleted:
            logger.info("Swept", extra={"objects": deleted})
        more = len(listed) == request.limit
        return SweptObjects(
            checked=len(listed),
            orphans=len(orphans),
            deleted=deleted,
            next=listed[-1].key if more else None,
        )

    async def _tell(self, request: SweepSpeech, objects: int) -> None:
        after: Details = {"objects": objects, "grace_seconds": request.grace_seconds}
        async with self.book.begin() as unit:
            await unit.send(
                audited("objects.sweep", "objects:speech", request.actor, "operator", after=after)
            )

    async def _delete(self, name: str, key: str) -> bool:
        async with self.book.begin() as unit:
            mine = await unit.claim(name, CLAIM_SECONDS)
        if mine:
            await self.speech.delete(key)
            async with self.book.begin() as unit:
                await unit.give_up(name)
        return mine
