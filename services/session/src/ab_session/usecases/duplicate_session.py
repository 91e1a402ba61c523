"""Makes somebody's own session of one that they can hear."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import editing, rpc
from ab_shared.errors import NotFound

from ab_session.domain.session import Session
from ab_session.ports import Store, Unit
from ab_session.usecases.create_session import CreateSession
from ab_session.usecases.get_session import readable
from ab_session.usecases.share_session import OpenShare


@dataclass(frozen=True, slots=True)
class DuplicateSession:
    """A create like any other: it costs a generation, though nothing of it need be spoken."""

    store: Store
    create: CreateSession
    shares: OpenShare

    async def __call__(self, request: editing.DuplicateSession) -> rpc.CreatedSession:
        """The new session and its job.

        Raises:
            NotFound: nothing that this user can hear, or a link that does not hold.
        Whatever else refuses a create.
        """
        async with self.store.begin() as unit:
            source = await self._source(unit, request)
        layer = source.layer
        draft = rpc.SessionDraft(
            title=request.title or source.title,
            goal_tag=source.goal_tag,
            lines=source.lines,
            voice_id=source.voice_id,
            solfeggio_hz=layer.solfeggio_hz,
            frequency_hz=layer.frequency_hz,
        )
        return await self.create(
            rpc.CreateSession(session_id=request.session_id, user_id=request.user_id, draft=draft)
        )

    async def _source(self, unit: Unit, request: editing.DuplicateSession) -> Session:
        if request.token_hash is not None:
            session, _ = await self.shares(unit, request.token_hash)
            return session
        if request.source_id is None:
            raise NotFound("There is no such session")
        return await readable(unit, request.source_id, request.user_id)
