"""Answers one session."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ab_shared.contracts import rpc
from ab_shared.errors import AudioNotReady, NotFound

from ab_session.domain.session import Session, view
from ab_session.domain.sounds import Track
from ab_session.ports import Store, Unit


async def readable(unit: Unit, session_id: UUID, user_id: str | None) -> Session:
    """A catalogue session or the user's own; any other does not exist: NotFound."""
    session = await unit.sessions.find(session_id)
    if session is None or not session.readable_by(user_id):
        raise NotFound("There is no such session")
    return session


async def track_of(unit: Unit, session: Session) -> Track:
    """The track that a session plays; AudioNotReady before it exists."""
    address = session.audio.track_address if session.audio else None
    track = await unit.sounds.track(address) if address else None
    if track is None:
        raise AudioNotReady("The audio of this session is not ready yet")
    return track


@dataclass(frozen=True, slots=True)
class GetSession:
    """Reads only."""

    store: Store

    async def __call__(self, request: rpc.GetSession) -> rpc.SessionView:
        """The session with its lines."""
        async with self.store.begin() as unit:
            return view(await readable(unit, request.session_id, request.user_id))
