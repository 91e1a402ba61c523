"""Answers several sessions at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ab_shared.contracts import session_reads
from ab_shared.contracts.rpc import SessionView

from ab_session.domain.session import Session, view
from ab_session.ports import Store


@dataclass(frozen=True, slots=True)
class GetSessions:
    """Reads only; who may see what is decided for each question by itself."""

    store: Store

    async def __call__(self, request: session_reads.GetSessions) -> session_reads.FoundSessions:
        """A session for each question, or None where ``GetSession`` would find none."""
        async with self.store.begin() as unit:
            sessions = await unit.sessions.find_many({one.session_id for one in request.asked})
            heard = [session.id for session in sessions if session.audio is not None]
            blocked = await unit.moderation.blocked_among(heard)
        found = {
            session.id: replace(session, audio=None) if session.id in blocked else session
            for session in sessions
        }
        shown = tuple(_shown_to(one.user_id, found.get(one.session_id)) for one in request.asked)
        return session_reads.FoundSessions(sessions=shown)


def _shown_to(user_id: str | None, session: Session | None) -> SessionView | None:
    return view(session) if session is not None and session.readable_by(user_id) else None
