"""Keeps the zone of a user's profile: their hours and days are counted in it."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.profiles import KeepZone as Asked
from ab_shared.contracts.profiles import UserUpdated, ZoneKept

from ab_session.ports import Store


@dataclass(frozen=True, slots=True)
class KeepZone:
    """Hearing it again, or late, changes nothing."""

    store: Store

    async def __call__(self, event: UserUpdated) -> None:
        """The newest version wins."""
        async with self.store.begin() as unit:
            await unit.zones.keep_zone(event.user_id, event.timezone, event.version)

    async def asked(self, request: Asked) -> ZoneKept:
        """The same, before whoever changed it is answered."""
        async with self.store.begin() as unit:
            await unit.zones.keep_zone(request.user_id, request.timezone, request.version)
        return ZoneKept()
