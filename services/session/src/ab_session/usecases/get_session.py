"""Answers one session."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ab_shared.contracts import rpc
from ab_shared.errors import NotFound

from ab_session.domain.session import Session, view
from ab_session.ports import Store, Unit


async def readable(unit: Unit, session_id: UUID, user_id: str | None) -> Session:
    """A catalogue session or the user's own; any other does not exist: NotFound."""
    session = await unit.sessions.find(session_id)
    if session is None or not session.readable_by(user_id):
        raise NotFound("There is no such session")
    return session


@dataclass(frozen=True, slots=True)
class GetSession:
    """Reads only."""

    store: Store

    async def __call__(self, request: rpc.GetSession) -> rpc.SessionView:
        """The session with its lines."""
        async with self.store.begin() as unit:
            return view(await readable(unit, request.session_id, request.user_id))
