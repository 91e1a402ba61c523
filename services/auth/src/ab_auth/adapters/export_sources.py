"""Where the records of an archive come from: this service's own rows, and the others by RPC."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from ab_shared.contracts.exporting import (
    EXPORT_PAGE,
    ExportEntitlement,
    ExportPage,
    ExportSessions,
    ExportUser,
    page_of,
    place_of,
)
from ab_shared.messaging.ports import Caller

from ab_auth.export_ports import OwnRecords

# A page is read from tables without an index for it, at a time when nobody waits.
RPC_SECONDS = 20.0
MOST_PAGES = 10_000
KINDS = ("profile", "identities", "sign-ins", "roles", "trail", "privacy-jobs")
Ask = Callable[[str, str], Awaitable[ExportPage]]


class PagedSource:
    """Implements ``Source``; ``ask`` is given the user and where the page begins."""

    def __init__(self, name: str, ask: Ask) -> None:
        self.name = name
        self._ask = ask

    async def pages(self, user_id: str) -> AsyncIterator[ExportPage]:
        """As many as there are, and an end where a service would never come to one."""
        after = ""
        for _ in range(MOST_PAGES):
            page = await self._ask(user_id, after)
            yield page
            if page.next is None:
                return
            after = page.next


def own_source(records: OwnRecords) -> PagedSource:
    """What this service holds."""

    async def ask(user_id: str, after: str) -> ExportPage:
        kind, key = place_of(after, KINDS)
        held = await records.page(user_id, kind, key, EXPORT_PAGE)
        return page_of(KINDS, kind, held, EXPORT_PAGE)

    return PagedSource("auth", ask)


def asked_source(name: str, request: type[ExportUser], caller: Caller) -> PagedSource:
    """What another service tells."""

    async def ask(user_id: str, after: str) -> ExportPage:
        return await caller.call(request(user_id=user_id, after=after), timeout=RPC_SECONDS)

    return PagedSource(name, ask)


def all_sources(records: OwnRecords, caller: Caller) -> tuple[PagedSource, ...]:
    """Everybody who holds anything of a user; tts and stitching hold sound, and know no users."""
    return (
        own_source(records),
        asked_source("session", ExportSessions, caller),
        asked_source("entitlement", ExportEntitlement, caller),
    )
