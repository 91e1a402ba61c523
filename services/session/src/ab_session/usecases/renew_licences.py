"""Renews licences of what is kept offline, and notes whose plan holds it no more."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from ab_shared.contracts.events import EntitlementChanged
from ab_shared.errors import AbError
from ab_shared.runtime.clock import Clock

from ab_session.domain.downloads import DownloadPermit
from ab_session.domain.offline import licence_for
from ab_session.offline_ports import Downloads
from ab_session.ports import Store, Unit

BATCH = 100
# Then it is not them: each may take as long as a call does.
MOST_FAILED = 5
logger = logging.getLogger("ab.session")


async def note_permit(
    unit: Unit, user_id: str, permit: DownloadPermit, at: datetime
) -> datetime | None:
    """Renews a licence, or notes that it lapsed; since when, None while it stands."""
    if not permit.downloads:
        return await unit.offline.lapse(user_id, at)
    await unit.offline.licensed(user_id, licence_for(permit, at).expires_at, at)
    return None


@dataclass(frozen=True, slots=True)
class RenewLicences:
    """By event, and by a sweep for plans that end while nobody says anything.

    Asks what is true now: an event that is late, or heard twice, changes nothing more.
    """

    store: Store
    downloads: Downloads
    clock: Clock

    async def __call__(self) -> int:
        """Looks after licences that have ended; how many, at most ``BATCH`` in a sweep.

        Who cannot be looked after holds up nobody; where several cannot, the sweep ends.
        """
        async with self.store.begin() as unit:
            users = await unit.offline.run_out(self.clock(), BATCH)
        failed = 0
        for user_id in users:
            try:
                await self._look(user_id)
            except AbError as error:
                failed += 1
                if failed == MOST_FAILED:
                    raise
                extra = {"error": type(error).__name__}
                logger.warning("A licence could not be looked after", extra=extra)
        return len(users) - failed

    async def changed(self, event: EntitlementChanged) -> None:
        """Somebody's plan changed; who keeps nothing is no concern, and most keep nothing."""
        async with self.store.begin() as unit:
            keeps = await unit.offline.keeps(event.user_id)
        if keeps:
            await self._look(event.user_id)

    async def _look(self, user_id: str) -> None:
        # Asked before the transaction, which would hold a connection for as long.
        permit = await self.downloads.permit(user_id)
        async with self.store.begin() as unit:
            if await note_permit(unit, user_id, permit, self.clock()) is not None:
                logger.info("A licence for offline files has lapsed")
