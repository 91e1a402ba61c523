"""Gives what an anonymous customer bought to the user an operator knows it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ab_shared.contracts import purchases
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.errors import Conflict, ValidationFailed
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.purchase_events import is_anonymous
from ab_entitlement.domain.purchases import LEASE
from ab_entitlement.ports import PlanBook
from ab_entitlement.purchase_ports import Purchases
from ab_entitlement.usecases.audit_purchases import audited
from ab_entitlement.usecases.held_customers import announcing, hold

# The vendor's own ids; a slip of the hand must not make a customer there by being read.
ANONYMOUS_ID = re.compile(r"\$RCAnonymousID:[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class LinkPurchases:
    """The store's later word about the same customer goes before an operator's."""

    kept: Purchases
    book: PlanBook
    clock: Clock

    async def __call__(self, request: purchases.LinkPurchases) -> purchases.QueuedResyncs:
        """Links, and has the customer read.

        Raises:
            ValidationFailed: not an anonymous id, not a user's, or an address in the reason.
            Conflict: it belongs to another user already.
        """
        if not ANONYMOUS_ID.fullmatch(request.customer_id):
            raise ValidationFailed("Only an anonymous customer can be given to a user")
        if is_anonymous(request.user_id):
            raise ValidationFailed("Only a user can be given purchases")
        now = self.clock()
        async with self.kept.begin() as unit:
            found = await hold(unit, [request.customer_id], [request.user_id])
            customer = found[request.customer_id]
            if customer.user_id not in {None, request.user_id}:
                raise Conflict("These purchases belong to another user")
            async with announcing(unit, [request.user_id], self.book.plans, now):
                linked = replace(customer.due(now + LEASE), user_id=request.user_id, linked_at=now)
                await unit.keep_customers([linked])
            await unit.send(_record(request, customer.user_id))
            await unit.send(
                purchases.ResyncPurchases(customer_id=customer.id, wanted_at=now, cause="link")
            )
        return purchases.QueuedResyncs(customers=1)


def _record(request: purchases.LinkPurchases, owner: str | None) -> AuditRecorded:
    return audited(
        "purchases.link",
        f"customer:{request.customer_id}",
        request.actor,
        before={"user": owner},
        after={"user": request.user_id},
        reason=request.reason,
    )
