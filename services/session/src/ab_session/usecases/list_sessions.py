"""Lists what somebody can play."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc

from ab_session.domain.paging import cursor_behind, place_of, sought_in
from ab_session.ports import Store


@dataclass(frozen=True, slots=True)
class ListSessions:
    """The catalogue in its order, then own sessions, newest first; ``key`` seals cursors."""

    store: Store
    key: bytes

    async def __call__(self, request: rpc.ListSessions) -> rpc.SessionPage:
        """One page; one row more is read to know whether there is another.

        Raises:
            ValidationFailed: the cursor was not given to this user.
        """
        behind, offset = None, request.offset
        if request.cursor is not None:
            behind, offset = place_of(request.cursor, request.user_id, self.key), 0
        sought = sought_in(request.sought, request.goal, favourites=request.favourites)
        async with self.store.begin() as unit:
            found = await unit.sessions.page(
                request.user_id, request.limit + 1, offset, behind, sought
            )
        rows, more = found[: request.limit], len(found) > request.limit
        return rpc.SessionPage(
            sessions=tuple(
                rpc.SessionSummary(
                    id=row.id, title=row.title, goal_tag=row.goal_tag, favourite=row.favourite
                )
                for row in rows
            ),
            has_more=more,
            next_cursor=cursor_behind(rows[-1].place, request.user_id, self.key) if more else None,
        )
