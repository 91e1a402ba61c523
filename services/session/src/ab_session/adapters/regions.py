"""Where listeners live, by the zone of their profile."""

from __future__ import annotations

from ab_session.adapters.zone_countries import country_of
from ab_session.ports import Store


class ZoneRegions:
    """Implements ``Regions``."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def region_of(self, user_id: str, zone: str | None = None) -> str | None:
        """The country of their zone, else of ``zone``; None for UTC, which is nobody's."""
        async with self._store.begin() as unit:
            here = country_of(await unit.zones.zone_of(user_id))
        return here or (country_of(zone) if zone else None)
