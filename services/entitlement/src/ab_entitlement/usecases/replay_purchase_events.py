"""Takes kept events once more, as they came."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import purchases
from ab_shared.contracts.audit import AuditRecorded, Details
from ab_shared.errors import NotFound
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.purchase_events import read_event
from ab_entitlement.ports import PlanBook
from ab_entitlement.purchase_ports import KeptEvent, Purchases
from ab_entitlement.usecases.audit_purchases import audited
from ab_entitlement.usecases.take_purchase_event import take_event

# A page ends well within the time its caller waits.
PAGE = 50


@dataclass(frozen=True, slots=True)
class ReplayPurchaseEvents:
    """Events only say whom to read again, so a replay can't bring anything old back."""

    kept: Purchases
    book: PlanBook
    clock: Clock

    async def __call__(self, request: purchases.ReplayPurchaseEvents) -> purchases.ReplayedEvents:
        """One event at once; or a page of them, whose customers are read as they are due.

        Raises:
            NotFound: no such event is kept.
        """
        async with self.kept.begin() as unit:
            if request.event_id is not None:
                one = await unit.event(request.event_id)
                if one is None:
                    raise NotFound("No such event is kept")
                page, last = [one], None
            else:
                page = await unit.events(request.since, request.after, PAGE)
                last = page[-1].id if len(page) == PAGE else None
            # Once for all pages, and before the deed.
            if request.after is None:
                await unit.send(_record(request))
        at_once = request.event_id is not None
        # Each in its own transaction: many held together could wait for each other in a circle.
        customers = [await self._again(kept, at_once=at_once) for kept in page]
        return purchases.ReplayedEvents(events=len(page), customers=sum(customers), last=last)

    async def _again(self, kept: KeptEvent, *, at_once: bool) -> int:
        plans = self.book.plans
        # Read with today's plans and rules: that is what a replay is for.
        event = read_event(kept.id, kept.type, kept.event, kept.received_at, plans.pro.granted_by)
        if not event.counts(accept_sandbox=plans.accept_sandbox):
            return 0
        async with self.kept.begin() as unit:
            return await take_event(unit, event, plans, self.clock(), "replay" if at_once else None)


def _record(request: purchases.ReplayPurchaseEvents) -> AuditRecorded:
    which = f"purchase_event:{request.event_id}" if request.event_id else "purchase_events"
    since: Details | None = {"since": request.since.isoformat()} if request.since else None
    return audited("purchases.replay", which, request.actor, after=since)
