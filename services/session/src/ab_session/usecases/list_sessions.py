"""Lists what somebody can play."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc

from ab_session.ports import Store


@dataclass(frozen=True, slots=True)
class ListSessions:
    """The catalogue in its order, then own sessions, newest first."""

    store: Store

    async def __call__(self, request: rpc.ListSessions) -> rpc.SessionPage:
        """One page; one row more is read to know whether there is another."""
        async with self.store.begin() as unit:
            rows = await unit.sessions.page(request.user_id, request.limit + 1, request.offset)
        return rpc.SessionPage(
            sessions=tuple(rows[: request.limit]), has_more=len(rows) > request.limit
        )
