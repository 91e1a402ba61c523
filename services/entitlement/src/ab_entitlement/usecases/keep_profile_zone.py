"""Keeps the zone of a user's profile, in which their days are counted from then on."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.profiles import UserUpdated

from ab_entitlement.ports import Ledger


@dataclass(frozen=True, slots=True)
class KeepProfileZone:
    """It takes effect by the rule of all zones: a day after the last change at the earliest."""

    ledger: Ledger

    async def __call__(self, event: UserUpdated) -> None:
        """Hearing it again, or late, changes nothing."""
        async with self.ledger.begin() as unit:
            if await unit.keep_profile_zone(event.user_id, event.timezone, event.version):
                # The day may begin at another hour now: whoever keeps an answer asks anew.
                await unit.announce(event.user_id)
