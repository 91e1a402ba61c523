"""What the entitlement service hears about purchases."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import purchases
from ab_shared.messaging.ports import Subscriptions

from ab_entitlement.usecases.link_purchases import LinkPurchases
from ab_entitlement.usecases.reconcile_purchases import ReadDuePurchases, ReconcilePurchases
from ab_entitlement.usecases.replay_purchase_events import ReplayPurchaseEvents
from ab_entitlement.usecases.resync_purchases import ResyncPurchases
from ab_entitlement.usecases.store_purchase_event import StorePurchaseEvent

# Twice the vendor's connections: one half waits for the network, the other for the database.
PREFETCH = 8


@dataclass(frozen=True, slots=True)
class PurchaseCases:
    """The use cases about purchases; without a store to ask, nothing is read."""

    store_event: StorePurchaseEvent
    reconcile: ReconcilePurchases
    replay: ReplayPurchaseEvents
    link: LinkPurchases
    resync: ResyncPurchases | None = None
    read_due: ReadDuePurchases | None = None


def hear_purchases(heard: Subscriptions, cases: PurchaseCases) -> Subscriptions:
    """Adds what is heard about purchases; commands wait in their queue until a store is there."""
    heard.answer(purchases.StorePurchaseEvent, cases.store_event)
    heard.answer(purchases.ReconcilePurchases, cases.reconcile)
    heard.answer(purchases.ReplayPurchaseEvents, cases.replay)
    heard.answer(purchases.LinkPurchases, cases.link)
    if cases.resync is not None:
        heard.on(purchases.ResyncPurchases, cases.resync, prefetch=PREFETCH)
    return heard
