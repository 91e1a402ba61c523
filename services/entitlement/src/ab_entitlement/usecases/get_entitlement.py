"""Answers what a user may do now."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.plans import Plans
from ab_entitlement.domain.standing import entitlement
from ab_entitlement.ports import Ledger


@dataclass(frozen=True, slots=True)
class GetEntitlement:
    """A user nobody has heard of is on the free plan."""

    ledger: Ledger
    plans: Plans
    clock: Clock

    async def __call__(self, request: rpc.GetEntitlement) -> rpc.Entitlement:
        """Reads only."""
        now = self.clock()
        async with self.ledger.begin() as unit:
            standing = await unit.standing(request.user_id, now)
        return entitlement(standing, self.plans, now)
