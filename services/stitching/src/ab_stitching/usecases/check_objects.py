"""Checks that the sounds this service knows of are stored."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from ab_shared.contracts.audit import Details
from ab_shared.contracts.reconciling import CheckAudio, CheckedObjects, Kind
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.deeds import audited
from ab_shared.storage.ports import Blobs
from ab_shared.storage.reconciling import missing

from ab_stitching.ports import Library

logger = logging.getLogger("ab.stitching")


@dataclass(frozen=True, slots=True)
class CheckObjects:
    """A sound whose object is gone is forgotten, and so made anew when somebody wants it."""

    library: Library
    shelves: Mapping[Kind, Blobs]

    async def __call__(self, request: CheckAudio) -> CheckedObjects:
        """One page, or the sounds that are named.

        Raises:
            ValidationFailed: a kind of sound that is not this service's.
        """
        if request.kind not in self.shelves:
            raise ValidationFailed(f"There is no {request.kind} here")
        async with self.library.begin() as unit:
            rows = await unit.census.stored(
                request.kind, request.names, request.after, request.limit
            )
        lost = await missing(self.shelves[request.kind], rows)
        if lost and not request.dry_run:
            extra = {"kind": request.kind, "sounds": len(lost)}
            logger.warning("Stored sounds are gone", extra=extra)
            async with self.library.begin() as unit:
                await unit.census.forget(request.kind, lost)
                after: Details = {"forgotten": len(lost)}
                subject = f"objects:{request.kind}"
                await unit.send(
                    audited("objects.forget", subject, request.actor, "operator", after=after)
                )
        known = {row.name for row in rows}
        unknown = tuple(name for name in request.names if name not in known)
        more = not request.names and len(rows) == request.limit
        return CheckedObjects(
            checked=len(rows), missing=lost + unknown, next=rows[-1].name if more else None
        )
