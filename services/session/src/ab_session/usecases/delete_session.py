"""Deletes a session, with all that was being made for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ab_shared.contracts import editing
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.base import Empty
from ab_shared.contracts.events import SessionChanged
from ab_shared.errors import Conflict
from ab_shared.runtime.clock import Clock

from ab_session.domain.editing import left_behind
from ab_session.domain.job import cancel
from ab_session.domain.offline import KEPT
from ab_session.domain.session import Session
from ab_session.ports import Store, Unit
from ab_session.usecases.hold_session import Held, hold_session, owned
from ab_session.usecases.record_mixdown import stop_mixdown
from ab_session.usecases.record_move import record_move

TRIES = 5


@dataclass(frozen=True, slots=True)
class DeleteSession:
    """Its id is remembered: a create that is sent again later must not bring it back."""

    store: Store
    clock: Clock

    async def __call__(
        self, request: editing.DeleteSession, told: Callable[[Session], AuditRecorded] | None = None
    ) -> Empty:
        """Done, or done before; what is ``told`` of it leaves with the deletion.

        Raises:
            NotFound, Forbidden: never a session of this user's; one of the catalogue.
            Conflict: others keep beginning jobs of it.
        """
        for _ in range(TRIES):
            async with self.store.begin() as unit:
                if await unit.library.buried(request.session_id) == request.user_id:
                    return Empty()
                owned(await unit.sessions.find(request.session_id), request.user_id)
                held = await hold_session(unit, request.session_id)
                if held is not None:
                    await self._delete(unit, held, self.clock())
                    if told is not None:
                        await unit.send(told(held.session))
                    return Empty()
        raise Conflict("Others are working on this session at the same moment")

    async def _delete(self, unit: Unit, held: Held, at: datetime) -> None:
        session = held.session
        if held.job is not None and held.job.live:
            await record_move(unit, held.job, cancel(held.job, at), at)
        for job in await unit.library.live_mixdowns(session.id):
            await stop_mixdown(unit, job, at)
        # What somebody deleted is not kept for a month in case they want it again.
        await unit.offline.abandon(session.id, at - 2 * KEPT)
        owner = session.owner_user_id or ""
        await unit.library.leave_lines(owner, left_behind(session, None), at)
        await unit.library.bury(session, at)
        await unit.send(_gone(session))


def _gone(session: Session) -> SessionChanged:
    return SessionChanged(
        session_id=session.id,
        owner_user_id=session.owner_user_id,
        version=session.version + 1,
        deleted=True,
    )
