"""Shows an administrator what somebody wrote, and keeps that it was shown."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.session_desk import ReadLines as Request
from ab_shared.contracts.session_desk import SessionLines
from ab_shared.errors import NotFound
from ab_shared.runtime.deeds import audited

from ab_session.ports import Store


@dataclass(frozen=True, slots=True)
class ReadLines:
    """A deed, not a look: the entry is committed before the lines leave."""

    store: Store

    async def __call__(self, request: Request) -> SessionLines:
        """Title and lines.

        Raises:
            NotFound: there is no such session; no entry is left then.
        """
        async with self.store.begin() as unit:
            session = await unit.sessions.find(request.session_id)
            if session is None:
                raise NotFound("There is no such session")
            entry = audited(
                "session.read_lines",
                f"session:{session.id}",
                request.actor,
                request.actor_kind,
                after={"owner": session.owner_user_id, "lines": len(session.lines)},
                reason=request.reason,
            )
            await unit.send(entry)
        return SessionLines(session_id=session.id, title=session.title, lines=session.lines)
