"""Reads what a customer holds from the store and keeps it, whichever way answers come."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from ab_shared.contracts import purchases
from ab_shared.errors import TransientError
from ab_shared.messaging.topology import RUNGS
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.context import current
from ab_shared.runtime.logs import hashed

from ab_entitlement.domain.purchases import (
    MOST_AHEAD,
    AnswerMalformed,
    Reading,
    Verdict,
    judge,
    knows,
    next_reading,
)
from ab_entitlement.ports import PlanBook
from ab_entitlement.purchase_ports import PurchaseMeter, Purchases, Store
from ab_entitlement.usecases.held_customers import announcing, hold

# After the last rung the customer is simply due again: an outage of the store must not make dead
# letters.
LAST_TRY = len(RUNGS) + 1
logger = logging.getLogger("ab.entitlement")


@dataclass(frozen=True, slots=True)
class ResyncPurchases:
    """The only way in which what somebody holds changes."""

    kept: Purchases
    store: Store
    book: PlanBook
    clock: Clock
    meter: PurchaseMeter

    async def __call__(self, command: purchases.ResyncPurchases) -> None:
        """Reads once, unless somebody has read since; raises TransientError to climb the ladder."""
        async with self.kept.begin() as unit:
            known = (await unit.customers([command.customer_id])).get(command.customer_id)
        if known is not None and knows(known.reading, command.wanted_at):
            return
        try:
            await self._keep(command, await self._read(command.customer_id))
        except TransientError as error:
            # What is due comes back by itself; only an event is worth a quick second try.
            if command.cause == "event" and current().attempt < LAST_TRY:
                raise
            extra = {"customer": hashed(command.customer_id), "error": type(error).__name__}
            logger.warning("A customer could not be read and stays due", extra=extra)

    async def _read(self, customer_id: str) -> Reading:
        # No transaction is open here: the store may take seconds.
        asked_at = self.clock()
        answer = await self.store.read(customer_id)
        if answer.at > self.clock() + MOST_AHEAD:
            raise AnswerMalformed("The store's clock is far ahead")
        return Reading(asked_at, answer.at, answer.grants)

    async def _keep(self, command: purchases.ResyncPurchases, reading: Reading) -> None:
        now, plans = self.clock(), self.book.plans
        async with self.kept.begin() as unit:
            customer = (await hold(unit, [command.customer_id]))[command.customer_id]
            before = customer.reading
            if judge(customer.reading, reading) is Verdict.OVERTAKEN:
                return
            if customer.reading is not None:
                reading = replace(reading, at=max(reading.at, customer.reading.at))
            due_at = next_reading(customer.id, reading.grants, now)
            users = [customer.user_id] if customer.user_id else []
            async with announcing(unit, users, plans, now):
                await unit.keep_customers([replace(customer, reading=reading, due_at=due_at)])
        if command.cause == "event":
            self.meter.visible((self.clock() - command.wanted_at).total_seconds())
        elif command.cause == "reconcile":
            differed = before is not None and before.grants != reading.grants
            self.meter.read_again(differed=differed)
