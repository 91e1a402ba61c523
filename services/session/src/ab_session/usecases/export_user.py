"""Tells everything held of one user, for an archive of theirs."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.exporting import ExportPage, ExportSessions, page_of, place_of

from ab_session.ports import Store

KINDS = (
    *("sessions", "jobs", "offline-files", "self", "values", "programs", "program-days"),
    *("favourites", "links", "past-lines", "deleted-sessions", "days"),
    *("listening-events", "listening-counts", "zone", "shown"),
    *("prompts", "checked-texts", "text-decisions"),
    *("offline-licence", "offline-versions", "devices", "notices"),
)
"""In this order; a new table with a user in it adds its kind here."""


@dataclass(frozen=True, slots=True)
class ExportUser:
    """Reads only, a kind after the other; what is shared between users is left out."""

    store: Store

    async def __call__(self, request: ExportSessions) -> ExportPage:
        """One page of one kind; somebody nobody knows has empty ones."""
        kind, after = place_of(request.after, KINDS)
        async with self.store.begin() as unit:
            held = await unit.personal.page(request.user_id, kind, after, request.limit)
        return page_of(KINDS, kind, held, request.limit)
