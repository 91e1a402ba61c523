"""Deletes sounds that nobody knows of any more."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts.audit import Details
from ab_shared.contracts.reconciling import Kind, SweepAudio, SweptObjects
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited
from ab_shared.storage.listing import Listing
from ab_shared.storage.ports import Blobs

from ab_stitching.ports import Library

PREFIXES: Mapping[Kind, str] = {
    "prepared": "prepared/",
    "track": "tracks/",
    "stem": "stems/",
    "mixdown": "mixdowns/",
}
logger = logging.getLogger("ab.stitching")


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket, to delete from and to look through."""

    blobs: Blobs
    listing: Listing


@dataclass(frozen=True, slots=True)
class SweepObjects:
    """Age is counted from the last writing: what is being made anew is young again."""

    library: Library
    buckets: Mapping[Kind, Bucket]
    clock: Clock

    async def __call__(self, request: SweepAudio) -> SweptObjects:
        """One page of a bucket.

        Raises:
            ValidationFailed: a kind of sound that is not this service's.
        """
        if request.kind not in self.buckets:
            raise ValidationFailed(f"There is no {request.kind} here")
        bucket = self.buckets[request.kind]
        listed = await bucket.listing.page(PREFIXES[request.kind], request.after, request.limit)
        async with self.library.begin() as unit:
            named = await unit.census.named(request.kind, [item.key for item in listed])
        orphans = [item for item in listed if item.key not in named]
        before = self.clock() - timedelta(seconds=request.grace_seconds)
        old = [item.key for item in orphans if item.written_at <= before]
        doomed = () if request.dry_run else old
        if doomed:
            # Before the deed, which no transaction holds: none shall go unseen.
            await self._tell(request, len(doomed))
        for key in doomed:
            await bucket.blobs.delete(key)
        if doomed:
            logger.info("Swept", extra={"kind": request.kind, "objects": len(doomed)})
        more = len(listed) == request.limit
        return SweptObjects(
            checked=len(listed),
            orphans=len(orphans),
            deleted=len(doomed),
            next=listed[-1].key if more else None,
        )

    async def _tell(self, request: SweepAudio, objects: int) -> None:
        after: Details = {"objects": objects, "grace_seconds": request.grace_seconds}
        subject = f"objects:{request.kind}"
        async with self.library.begin() as unit:
            await unit.send(
                audited("objects.sweep", subject, request.actor, "operator", after=after)
            )
