"""Marks a session as somebody's favourite, or no longer."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import editing
from ab_shared.contracts.base import Empty
from ab_shared.runtime.clock import Clock

from ab_session.ports import Store
from ab_session.usecases.get_session import readable


@dataclass(frozen=True, slots=True)
class SetFavourite:
    """Own sessions and the catalogue's alike; it is no change of the session."""

    store: Store
    clock: Clock

    async def __call__(self, request: editing.SetFavourite) -> Empty:
        """Done, or so already; NotFound for a session that this user cannot see."""
        async with self.store.begin() as unit:
            session = await readable(unit, request.session_id, request.user_id)
            if request.favourite:
                await unit.library.mark(request.user_id, session.id, self.clock())
            else:
                await unit.library.unmark(request.user_id, session.id)
        return Empty()
