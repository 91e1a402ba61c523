"""Looks at single stored sounds, and gives up those that are broken."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from ab_shared.contracts.inspecting import (
    DiscardAudio,
    DiscardedObjects,
    InspectAudio,
    InspectedObjects,
)
from ab_shared.contracts.reconciling import Kind
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.deeds import audited
from ab_shared.storage.inspecting import inspect
from ab_shared.storage.ports import Blobs

from ab_stitching.ports import Library

logger = logging.getLogger("ab.stitching")


@dataclass(frozen=True, slots=True)
class InspectObjects:
    """Reads rows and objects; changes neither."""

    library: Library
    shelves: Mapping[Kind, Blobs]

    async def __call__(self, request: InspectAudio) -> InspectedObjects:
        """One verdict a name.

        Raises:
            ValidationFailed: a kind of sound that is not this service's.
            DependencyUnavailable: the store does not answer.
        """
        shelf = self.shelves.get(request.kind)
        if shelf is None:
            raise ValidationFailed(f"There is no {request.kind} here")
        async with self.library.begin() as unit:
            rows = await unit.census.stored(
                request.kind, request.names, "", limit=len(request.names)
            )
        return await inspect(
            shelf, rows, request.names, deep=request.deep, budget_bytes=request.budget_bytes
        )


@dataclass(frozen=True, slots=True)
class DiscardObjects:
    """Rows go, objects stay until the next wish writes over them: nobody's track falls silent."""

    library: Library
    kinds: frozenset[Kind]

    async def __call__(self, request: DiscardAudio) -> DiscardedObjects:
        """How many had a row.

        Raises:
            ValidationFailed: a kind of sound that is not this service's.
        """
        kind = request.kind
        if kind not in self.kinds:
            raise ValidationFailed(f"There is no {kind} here")
        async with self.library.begin() as unit:
            rows = await unit.census.stored(kind, request.names, "", limit=len(request.names))
            await unit.census.forget(kind, [row.name for row in rows])
            entry = audited(
                "objects.discard",
                f"objects:{kind}",
                request.actor,
                request.actor_kind,
                after={"discarded": len(rows)},
                reason=request.reason,
            )
            await unit.send(entry)
        logger.warning("Sounds were given up", extra={"kind": kind, "sounds": len(rows)})
        return DiscardedObjects(discarded=len(rows))
