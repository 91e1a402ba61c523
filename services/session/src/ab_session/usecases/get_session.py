"""Answers one session."""

from __future__ import annotations

from dataclasses import dataclass, replace
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


async def shown(unit: Unit, session: Session) -> rpc.SessionView:
    """As its owner sees it: without its audio while a rejected text stands in it."""
    # Asked after the session was read: a decision in between gives it a newer version, which
    # whoever keeps this one is told of.
    if session.audio is not None and await unit.moderation.blocked(session.id) is not None:
        session = replace(session, audio=None)
    return view(session)


@dataclass(frozen=True, slots=True)
class GetSession:
    """Reads only."""

    store: Store

    async def __call__(self, request: rpc.GetSession) -> rpc.SessionView:
        """The session with its lines; without audio while one of them is rejected."""
        async with self.store.begin() as unit:
            return await shown(unit, await readable(unit, request.session_id, request.user_id))
