"""Reading without being told to: what is due, one user on demand, or everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ab_shared.contracts import purchases
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.purchases import LEASE
from ab_entitlement.purchase_ports import PurchaseMeter, Purchases, Store
from ab_entitlement.usecases.audit_purchases import audited

# Every quarter of a minute: at most 200 a minute of the 480 that the vendor allows.
BATCH = 50


@dataclass(frozen=True, slots=True)
class ReadDuePurchases:
    """A step of the reconciliation; repairs whatever an event did not bring."""

    kept: Purchases
    store: Store
    clock: Clock
    meter: PurchaseMeter

    async def __call__(self) -> int:
        """Has the next few read that are due; none while the store rests."""
        now = self.clock()
        async with self.kept.begin() as unit:
            due = [] if self.store.resting else await unit.take_due(now, now + LEASE, BATCH)
            for customer_id in due:
                await unit.send(_read_again(customer_id, now))
            backlog = await unit.backlog(now)
        self.meter.behind(backlog)
        return len(due)


@dataclass(frozen=True, slots=True)
class ReconcilePurchases:
    """What an operator asks for; only those are read who are known to have bought something."""

    kept: Purchases
    clock: Clock

    async def __call__(self, request: purchases.ReconcilePurchases) -> purchases.QueuedResyncs:
        """One user's customers are read at once, everybody else's as fast as the vendor allows."""
        now = self.clock()
        async with self.kept.begin() as unit:
            if request.user_id is None:
                customers = await unit.make_all_due(now)
            else:
                found = await unit.customers_of(request.user_id)
                for customer in found:
                    await unit.send(_read_again(customer.id, now))
                customers = len(found)
            await unit.send(_record(request, customers))
        return purchases.QueuedResyncs(customers=customers)


def _record(request: purchases.ReconcilePurchases, customers: int) -> AuditRecorded:
    which = f"user:{request.user_id}" if request.user_id else "purchases:all"
    return audited("purchases.reconcile", which, request.actor, after={"customers": customers})


def _read_again(customer_id: str, now: datetime) -> purchases.ResyncPurchases:
    return purchases.ResyncPurchases(customer_id=customer_id, wanted_at=now, cause="reconcile")
