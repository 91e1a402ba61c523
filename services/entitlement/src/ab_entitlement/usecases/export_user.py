"""Tells everything held of one user, for an archive of theirs."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.exporting import ExportEntitlement, ExportPage, page_of, place_of

from ab_entitlement.ports import PersonalRecords

KINDS = (
    *("account", "given-plans", "reservations", "ledger", "job-costs"),
    *("store-customers", "purchase-events"),
)
"""In this order; a new table with a user in it adds its kind here."""


@dataclass(frozen=True, slots=True)
class ExportUser:
    """Reads only, a kind after the other."""

    records: PersonalRecords

    async def __call__(self, request: ExportEntitlement) -> ExportPage:
        """One page of one kind; somebody nobody knows has empty ones."""
        kind, after = place_of(request.after, KINDS)
        held = await self.records.page(request.user_id, kind, after, request.limit)
        return page_of(KINDS, kind, held, request.limit)
