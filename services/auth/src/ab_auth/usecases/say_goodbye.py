"""What happens when an issuer has a user no more: they are remembered as gone, then erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ab_shared.contracts.privacy import RequestErasure

from ab_auth.domain.identities import Departure, Outsider
from ab_auth.identity_ports import Erasing
from ab_auth.ports import AuthUnit


@dataclass(frozen=True, slots=True)
class SayGoodbye:
    """``remember`` belongs in a transaction, ``erase`` after it: an erasure has one of its own."""

    erasing: Erasing

    async def remember(self, unit: AuthUnit, who: Outsider, at: datetime) -> None:
        """Nothing that is heard of them from now on makes them anew."""
        await unit.hold_outsider(who)
        await unit.keep_departure(who, Departure(at, gone=True))

    async def erase(self, who: Outsider) -> None:
        """Starts the erasure, whether they are known here or only elsewhere in the house."""
        await self.erasing(RequestErasure(user_id=who.user_id, requested_by="clerk"))
