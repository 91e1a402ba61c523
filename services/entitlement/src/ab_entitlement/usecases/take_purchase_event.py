"""What follows from a purchase event, the first time and when it is replayed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ab_shared.contracts.purchases import ResyncPurchases

from ab_entitlement.domain.plans import Plans
from ab_entitlement.domain.purchase_events import PurchaseEvent
from ab_entitlement.domain.purchases import LEASE, Customer
from ab_entitlement.purchase_ports import PurchaseUnit
from ab_entitlement.usecases.held_customers import announcing, hold


async def take_event(
    unit: PurchaseUnit,
    event: PurchaseEvent,
    plans: Plans,
    now: datetime,
    cause: Literal["event", "replay"] | None,
) -> int:
    """Links who belongs together and has those read again whose purchases moved; how many.

    ``cause`` None leaves the reading to those who read what is due.
    """
    owners = {link.customer_id: link.user_id for link in event.links}
    found = await hold(unit, event.customers, owners.values())
    # Whoever is told to reads at once; should that fail, the customer is due a little later.
    due_at = now + LEASE if cause else now
    after = {id_: _after(customer, event, owners, due_at) for id_, customer in found.items()}
    users = {one.user_id for one in (*found.values(), *after.values()) if one.user_id}
    async with announcing(unit, users, plans, now):
        await unit.keep_customers(after.values())
    for customer_id in event.to_read if cause else ():
        await unit.send(
            ResyncPurchases(customer_id=customer_id, wanted_at=now, cause=cause or "event")
        )
    return len(event.to_read)


def _after(
    customer: Customer, event: PurchaseEvent, owners: dict[str, str], due_at: datetime
) -> Customer:
    told = customer.told(event)
    if customer.id in owners:
        told = told.linked(owners[customer.id], event.at)
    return told.due(due_at) if customer.id in event.to_read else told
