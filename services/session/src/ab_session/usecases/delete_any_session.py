"""Deletes somebody's session because an administrator says so."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import editing
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.base import Empty
from ab_shared.contracts.session_desk import DeleteAnySession as Request
from ab_shared.errors import Conflict, NotFound
from ab_shared.runtime.deeds import audited

from ab_session.domain.session import Session
from ab_session.ports import Store
from ab_session.usecases.delete_session import DeleteSession


@dataclass(frozen=True, slots=True)
class DeleteAnySession:
    """As its owner's deleting; the entry is committed with it, neither without the other."""

    store: Store
    delete: DeleteSession

    async def __call__(self, request: Request) -> Empty:
        """Done.

        Raises:
            NotFound: there is no such session (any more).
            Conflict: it is one of the catalogue, or others keep beginning jobs of it.
        """
        async with self.store.begin() as unit:
            session = await unit.sessions.find(request.session_id)
            if session is None:
                raise NotFound("There is no such session")
            owner = session.owner_user_id
            if owner is None:
                raise Conflict("A session of the catalogue is not deleted here")

        def told(session: Session) -> AuditRecorded:
            return audited(
                "session.delete",
                f"session:{session.id}",
                request.actor,
                request.actor_kind,
                before={"owner": owner, "lines": len(session.lines), "version": session.version},
                reason=request.reason,
            )

        wanted = editing.DeleteSession(session_id=request.session_id, user_id=owner)
        return await self.delete(wanted, told)
