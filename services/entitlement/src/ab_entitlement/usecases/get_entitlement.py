"""Answers what a user may do now."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.runtime.clock import Clock

from ab_entitlement.ports import Ledger, PlanBook
from ab_entitlement.usecases.metrics import ANSWERED
from ab_entitlement.usecases.read_standing import read_standing


@dataclass(frozen=True, slots=True)
class GetEntitlement:
    """A user nobody has heard of is on the free plan."""

    ledger: Ledger
    book: PlanBook
    clock: Clock

    async def __call__(self, request: rpc.GetEntitlement) -> rpc.Entitlement:
        """Reads only, except that it may learn the zone of the user's day."""
        async with self.ledger.begin() as unit:
            found = await read_standing(
                unit, self.book.plans, request.user_id, request.timezone, self.clock()
            )
        ANSWERED.labels(found.allowed.plan, found.allowed.status).inc()
        return found.allowed
