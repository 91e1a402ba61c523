"""Answers everybody's sessions, for the people who run the stack."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.session_desk import ListAnySessions as Request
from ab_shared.contracts.session_desk import SessionDeskRows, SessionMark

from ab_session.back_office_ports import Desk


@dataclass(frozen=True, slots=True)
class ListAnySessions:
    """Reads only, and none of what anybody wrote."""

    desk: Desk

    async def __call__(self, request: Request) -> SessionDeskRows:
        """A page, newest first; the one that was asked for, or none."""
        async with self.desk.begin() as unit:
            # One more than asked for tells whether there is a next page.
            found = await unit.page(request, request.limit + 1)
        shown = tuple(found[: request.limit])
        if len(found) <= request.limit:
            return SessionDeskRows(sessions=shown)
        last = shown[-1]
        mark = SessionMark(created_at=last.created_at, session_id=last.session_id)
        return SessionDeskRows(sessions=shown, next_before=mark)
