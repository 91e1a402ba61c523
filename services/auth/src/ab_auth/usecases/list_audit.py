"""Reads the audit trail page by page."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.audit import AuditPage
from ab_shared.contracts.audit import ListAudit as Request

from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class ListAudit:
    """Pages hang on the entry's number, so that new entries move nothing from page to page."""

    store: Store

    async def __call__(self, request: Request) -> AuditPage:
        """The newest entries before ``request.before``; an empty page is no error."""
        async with self.store.begin() as unit:
            found = tuple(await unit.entries(request))
        shown = found[: request.limit]
        more = len(found) > request.limit
        return AuditPage(entries=shown, next_before=shown[-1].number if more else None)
