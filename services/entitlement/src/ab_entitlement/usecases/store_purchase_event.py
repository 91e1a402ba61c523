"""Keeps a purchase event for good and sets going what follows from it, once."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import purchases
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.purchase_events import read_event
from ab_entitlement.ports import PlanBook
from ab_entitlement.purchase_ports import KeptEvent, PurchaseMeter, Purchases
from ab_entitlement.usecases.take_purchase_event import take_event


@dataclass(frozen=True, slots=True)
class StorePurchaseEvent:
    """The answer means: committed. ``reads`` False keeps events for a store configured later."""

    kept: Purchases
    book: PlanBook
    clock: Clock
    meter: PurchaseMeter
    reads: bool = True

    async def __call__(
        self, request: purchases.StorePurchaseEvent
    ) -> purchases.StoredPurchaseEvent:
        """Whether it was new; sent again, or by two vendors' hands at once, it moves nothing."""
        now, plans = self.clock(), self.book.plans
        event = read_event(
            request.event_id, request.event_type, request.event, now, plans.pro.granted_by
        )
        counted = event.counts(accept_sandbox=plans.accept_sandbox)
        raw = KeptEvent(event.id, event.type, event.at, now, counted, request.event)
        async with self.kept.begin() as unit:
            new = await unit.add_event(raw)
            if new and counted:
                await take_event(unit, event, plans, now, "event" if self.reads else None)
        outcome = "known" if not new else "taken" if counted else "ignored"
        self.meter.heard(event.type, outcome)
        return purchases.StoredPurchaseEvent(new=new)
