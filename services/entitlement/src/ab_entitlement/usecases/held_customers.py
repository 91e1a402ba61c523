"""Changing customers of the store: held, so that two words about one person come one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from ab_shared.errors import DependencyUnavailable

from ab_entitlement.domain.plans import Plans
from ab_entitlement.domain.purchases import Customer, new_customer
from ab_entitlement.domain.standing import Usage, derive
from ab_entitlement.domain.subscription import Subscription
from ab_entitlement.purchase_ports import PurchaseUnit


async def hold(
    unit: PurchaseUnit, ids: Iterable[str], users: Iterable[str] = ()
) -> dict[str, Customer]:
    """Customers by id, new ones included, held together with the users they belong to.

    Raises:
        DependencyUnavailable: one of them changed hands in this very moment; try again.
    """
    wanted = tuple(ids)
    known = await unit.customers(wanted)
    everybody = {*wanted, *users, *_owners(known)}
    await unit.hold_all(everybody)
    # Read again under the lock: what was read before it may be history.
    known = await unit.customers(wanted)
    if not everybody.issuperset(_owners(known)):
        raise DependencyUnavailable("A customer changed hands meanwhile")
    return {one: known.get(one) or new_customer(one) for one in wanted}


def _owners(known: Mapping[str, Customer]) -> Iterator[str]:
    return (one.user_id for one in known.values() if one.user_id is not None)


@asynccontextmanager
async def announcing(
    unit: PurchaseUnit, users: Iterable[str], plans: Plans, now: datetime
) -> AsyncIterator[None]:
    """Tells the world of each user whose rights are others after the block than before it."""
    everybody = sorted(set(users))
    before = {user: await unit.subscription(user) for user in everybody}
    yield
    for user in everybody:
        after = await unit.subscription(user)
        if _rights(plans, before[user], now) != _rights(plans, after, now):
            await unit.announce(user)


def _rights(plans: Plans, subscription: Subscription | None, now: datetime) -> object:
    # What was spent today is the same before and after: it may as well be nothing.
    rights = derive(plans, subscription, Usage(), now)
    # Heard of a moment ago and not read yet is no change to tell: the reading follows at once.
    unread = rights.plan == "free" and rights.status == "unknown"
    return rights.model_copy(update={"status": "active"}) if unread else rights
