"""The list of what somebody can play."""

from __future__ import annotations

from ab_shared.contracts import rpc
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity
from ab_gateway.domain.paging import DEFAULT_LIMIT, EVERYTHING, Sought
from ab_gateway.domain.rendered import Rendered, rendered
from ab_gateway.ports import KeptLists


class ListSessions:
    """Catalogue rows first, then own sessions, newest first; the first page is kept."""

    def __init__(self, services: Caller, kept: KeptLists) -> None:
        self._services = services
        self._kept = kept

    async def __call__(
        self,
        caller: Identity | None,
        limit: int,
        offset: int,
        cursor: str | None = None,
        sought: Sought = EVERYTHING,
    ) -> Rendered:
        """A ``SessionList``; without a caller the catalogue only.

        A ``cursor`` goes before an ``offset``.
        """
        user_id = caller.user_id if caller else None
        # What every screen of the app opens with.
        first = limit == DEFAULT_LIMIT and not offset and cursor is None and not sought
        found = self._kept.find(user_id) if first else None
        if found is None:
            ticket = self._kept.ticket()
            request = rpc.ListSessions(
                user_id=user_id,
                limit=limit,
                offset=offset,
                cursor=cursor,
                sought=sought.text,
                goal=sought.goal,
                favourites=sought.favourites,
            )
            page = await self._services.call(request)
            found = rendered(presenting.session_list(page, limit, offset))
            if first:
                self._kept.keep(user_id, found, ticket)
        return found
