"""Takes one generation of a user's day before a job may start."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ab_shared.contracts import rpc
from ab_shared.contracts.events import EntitlementChanged
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.plans import Plans
from ab_entitlement.domain.reservation import reserve
from ab_entitlement.domain.standing import entitlement
from ab_entitlement.ports import Ledger


@dataclass(frozen=True, slots=True)
class ReserveGeneration:
    """One user's reservations are decided one after the other, so the limit holds."""

    ledger: Ledger
    plans: Plans
    clock: Clock

    async def __call__(self, request: rpc.ReserveGeneration) -> rpc.Entitlement:
        """What remains afterwards; a reservation that is held already takes nothing more.

        Raises:
            FreeLimitReached: nothing is left today; nothing is written.
            Conflict: the reservation belongs to another user.
        """
        user_id = request.user_id
        async with self.ledger.begin() as unit:
            await unit.hold(user_id)
            # After the lock: whoever waited for it across midnight pays from the new day.
            now = self.clock()
            standing = await unit.standing(user_id, now)
            allowed = entitlement(standing, self.plans, now)
            found = await unit.reservation(request.reservation_id)
            taken = reserve(found, request.reservation_id, user_id, allowed, now)
            if taken == found:
                return allowed
            await unit.keep(taken)
            await unit.send(EntitlementChanged(user_id=user_id))
            spent = replace(standing, used_today=standing.used_today + 1)
            return entitlement(spent, self.plans, now)
