"""The list of what somebody can play."""

from __future__ import annotations

from ab_shared.contracts import rpc
from ab_shared.contracts.http import SessionList
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity


class ListSessions:
    """Catalogue rows first, then own sessions, newest first."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def __call__(
        self, caller: Identity | None, limit: int, offset: int, cursor: str | None = None
    ) -> SessionList:
        """A page; without a caller the catalogue only. A ``cursor`` goes before an ``offset``."""
        user_id = caller.user_id if caller else None
        request = rpc.ListSessions(user_id=user_id, limit=limit, offset=offset, cursor=cursor)
        return presenting.session_list(await self._services.call(request), limit, offset)
