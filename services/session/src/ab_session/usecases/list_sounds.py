"""Tells which sounds are believed to exist."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.reconciling import ListSounds as Request
from ab_shared.contracts.reconciling import SoundPage

from ab_session.ports import Store


@dataclass(frozen=True, slots=True)
class ListSounds:
    """Page by page, so that an operator can compare them with what is stored."""

    store: Store

    async def __call__(self, request: Request) -> SoundPage:
        """Reads only."""
        async with self.store.begin() as unit:
            names = tuple(await unit.sounds.names(request.kind, request.after, request.limit))
        more = len(names) == request.limit
        return SoundPage(names=names, next=names[-1] if more else None)
