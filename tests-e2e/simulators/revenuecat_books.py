"""The books of a made-up RevenueCat: who is who, who bought what, and the events that follow."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

MONTH = timedelta(days=30)
DAY = timedelta(days=1)
Event = dict[str, Any]


@dataclass(frozen=True)
class Purchase:
    """One product of one customer. ``expires`` None: bought once, for good."""

    product: str
    entitlement: str
    store: str
    sandbox: bool
    bought: datetime
    expires: datetime | None
    price: float = 9.99
    next_product: str | None = None
    unsubscribed: datetime | None = None
    billing_issue: datetime | None = None
    grace: datetime | None = None
    refunded: datetime | None = None
    resumes: datetime | None = None
    before_refund: datetime | None = None

    @property
    def ends(self) -> datetime:
        """When access ends; far away for what never does."""
        if self.expires is None:
            return datetime.max.replace(tzinfo=UTC)
        return max(self.expires, self.grace or self.expires)


@dataclass
class Subscriber:
    """One person as the vendor sees one: every id it knows, and what was bought."""

    ids: list[str]
    first_seen: datetime
    purchases: dict[str, Purchase] = field(default_factory=dict)
    temporary: dict[str, datetime] = field(default_factory=dict)


class Books:
    """Every action changes what a customer holds and returns the events that tell of it."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self._by_id: dict[str, Subscriber] = {}

    def subscriber(self, customer_id: str) -> Subscriber:
        """Whoever has this id; asking for an unknown one makes it known."""
        if customer_id not in self._by_id:
            self._by_id[customer_id] = Subscriber([customer_id], self.now())
        return self._by_id[customer_id]

    def knows(self, customer_id: str) -> bool:
        """Whether anybody ever asked for this id."""
        return customer_id in self._by_id

    def act(self, action: str, customer_id: str, **given: Any) -> list[Event]:
        """Does what ``action`` names; ValueError for an action nobody knows."""
        actions: dict[str, Callable[..., list[Event]]] = {
            "purchase": self.purchase,
            "purchase-once": self.purchase_once,
            "renew": self.renew,
            "cancel": self.cancel,
            "uncancel": self.uncancel,
            "billing-issue": self.billing_issue,
            "expire": self.expire,
            "pause": self.pause,
            "product-change": self.product_change,
            "extend": self.extend,
            "refund": self.refund,
            "refund-reversed": self.refund_reversed,
            "transfer": self.transfer,
            "grant": self.grant,
            "alias": self.alias,
            "test": self.test,
            "novelty": self.novelty,
        }
        if action not in actions:
            raise ValueError(f"no such action, only {', '.join(sorted(actions))}")
        return actions[action](customer_id, **given)

    def purchase(
        self,
        customer_id: str,
        *,
        product: str = "pro_monthly",
        entitlement: str = "pro",
        store: str = "app_store",
        sandbox: bool = False,
        seconds: float = MONTH.total_seconds(),
    ) -> list[Event]:
        """A subscription begins."""
        now = self.now()
        expires = now + timedelta(seconds=seconds)
        bought = Purchase(product, entitlement, store, sandbox, now, expires)
        subscriber = self.subscriber(customer_id)
        subscriber.purchases[product] = bought
        # The receipt is there: what was granted without one has served.
        subscriber.temporary.pop(entitlement, None)
        return [self._event("INITIAL_PURCHASE", customer_id, bought)]

    def purchase_once(
        self,
        customer_id: str,
        *,
        product: str = "pro_lifetime",
        entitlement: str = "pro",
        store: str = "app_store",
        sandbox: bool = False,
    ) -> list[Event]:
        """Bought once, kept for good."""
        bought = Purchase(product, entitlement, store, sandbox, self.now(), None, 99.0)
        self.subscriber(customer_id).purchases[product] = bought
        return [self._event("NON_RENEWING_PURCHASE", customer_id, bought)]

    def renew(self, customer_id: str, *, seconds: float = MONTH.total_seconds()) -> list[Event]:
        """The next period begins, with the product that was changed to."""
        now = self.now()

        def renewed(old: Purchase) -> Purchase:
            start = max(now, old.expires or now)
            return Purchase(
                old.next_product or old.product,
                old.entitlement,
                old.store,
                old.sandbox,
                old.bought,
                start + timedelta(seconds=seconds),
            )

        return self._change("RENEWAL", customer_id, renewed)

    def cancel(self, customer_id: str) -> list[Event]:
        """No renewal any more; access lasts until the end."""
        now = self.now()
        more = {"cancel_reason": "UNSUBSCRIBE"}
        return self._change(
            "CANCELLATION", customer_id, lambda old: replace(old, unsubscribed=now), more
        )

    def uncancel(self, customer_id: str) -> list[Event]:
        """Renewals again."""
        return self._change(
            "UNCANCELLATION", customer_id, lambda old: replace(old, unsubscribed=None)
        )

    def billing_issue(self, customer_id: str, *, grace_seconds: float = 3 * 86400) -> list[Event]:
        """The period has ended unpaid; the store grants a while to mend it."""
        now = self.now()
        grace = now + timedelta(seconds=grace_seconds)

        def unpaid(old: Purchase) -> Purchase:
            return replace(old, expires=now, billing_issue=now, grace=grace)

        more = {"grace_period_expiration_at_ms": _ms(grace)}
        return self._change("BILLING_ISSUE", customer_id, unpaid, more)

    def expire(self, customer_id: str) -> list[Event]:
        """Over."""
        now = self.now()
        more = {"expiration_reason": "UNSUBSCRIBE"}
        return self._change(
            "EXPIRATION", customer_id, lambda old: replace(old, expires=now, grace=None), more
        )

    def pause(self, customer_id: str, *, seconds: float = MONTH.total_seconds()) -> list[Event]:
        """A pause after the present period."""
        resumes = self.now() + timedelta(seconds=seconds)
        more = {"auto_resume_at_ms": _ms(resumes)}
        return self._change(
            "SUBSCRIPTION_PAUSED", customer_id, lambda old: replace(old, resumes=resumes), more
        )

    def product_change(self, customer_id: str, *, product: str = "pro_yearly") -> list[Event]:
        """Another product from the next period on; nothing changes now."""
        more = {"new_product_id": product}
        return self._change(
            "PRODUCT_CHANGE", customer_id, lambda old: replace(old, next_product=product), more
        )

    def extend(self, customer_id: str, *, seconds: float = 7 * 86400) -> list[Event]:
        """The store gives some days."""

        def longer(old: Purchase) -> Purchase:
            base = old.expires or self.now()
            return replace(old, expires=base + timedelta(seconds=seconds))

        return self._change("SUBSCRIPTION_EXTENDED", customer_id, longer)

    def refund(self, customer_id: str) -> list[Event]:
        """The money goes back, and access with it."""
        now = self.now()

        def returned(old: Purchase) -> Purchase:
            return replace(old, refunded=now, before_refund=old.expires, expires=now, grace=None)

        more = {"cancel_reason": "CUSTOMER_SUPPORT", "price": -9.99}
        return self._change("CANCELLATION", customer_id, returned, more)

    def refund_reversed(self, customer_id: str) -> list[Event]:
        """The money stays after all."""
        return self._change(
            "REFUND_REVERSED",
            customer_id,
            lambda old: replace(old, refunded=None, expires=old.before_refund),
        )

    def transfer(self, customer_id: str, *, to: str) -> list[Event]:
        """Everything bought moves to somebody else, as a restore on their phone does."""
        giver, taker = self.subscriber(customer_id), self.subscriber(to)
        moved_from, moved_to = list(giver.ids), list(taker.ids)
        taker.purchases |= giver.purchases
        giver.purchases = {}
        event = self._bare("TRANSFER")
        return [event | {"transferred_from": moved_from, "transferred_to": moved_to}]

    def alias(self, customer_id: str, *, user: str) -> list[Event]:
        """A phone logs in: the two ids are one person from now on. No event tells of it."""
        one, other = self.subscriber(customer_id), self.subscriber(user)
        if one is not other:
            other.ids += one.ids
            other.purchases |= one.purchases
            other.temporary |= one.temporary
            self._by_id |= dict.fromkeys(one.ids, other)
        return []

    def grant(self, customer_id: str, *, entitlement: str = "pro") -> list[Event]:
        """Access before the receipt could be checked: no product, no end, a day at most."""
        self.subscriber(customer_id).temporary[entitlement] = self.now()
        event = self._bare("TEMPORARY_ENTITLEMENT_GRANT") | self._who(customer_id)
        return [event | {"entitlement_ids": [entitlement]}]

    def test(self, customer_id: str) -> list[Event]:
        """What the vendor's dashboard sends to try an address."""
        return [self._bare("TEST") | {"app_user_id": customer_id, "aliases": []}]

    def novelty(self, customer_id: str) -> list[Event]:
        """A type that nobody has heard of yet."""
        return [self._bare("MOON_PHASE_CHANGED") | self._who(customer_id)]

    def _change(
        self,
        event_type: str,
        customer_id: str,
        change: Callable[[Purchase], Purchase],
        more: Event | None = None,
    ) -> list[Event]:
        """Changes the purchase that lasts longest; nothing happens to who bought nothing."""
        subscriber = self.subscriber(customer_id)
        if not subscriber.purchases:
            return []
        old = max(subscriber.purchases.values(), key=lambda one: (one.ends, one.product))
        new = change(old)
        del subscriber.purchases[old.product]
        subscriber.purchases[new.product] = new
        return [self._event(event_type, customer_id, new) | (more or {})]

    def _event(self, event_type: str, customer_id: str, purchase: Purchase) -> Event:
        return {
            **self._bare(event_type),
            **self._who(customer_id),
            "entitlement_id": purchase.entitlement,
            "entitlement_ids": [purchase.entitlement],
            "product_id": purchase.product,
            "period_type": "NORMAL",
            "purchased_at_ms": _ms(purchase.bought),
            "expiration_at_ms": None if purchase.expires is None else _ms(purchase.expires),
            "store": purchase.store.upper(),
            "environment": "SANDBOX" if purchase.sandbox else "PRODUCTION",
            "transaction_id": secrets.token_hex(8),
            "price": purchase.price,
            "currency": "EUR",
        }

    def _who(self, customer_id: str) -> Event:
        ids = self.subscriber(customer_id).ids
        attributes = {"$email": {"value": "somebody@example.com", "updated_at_ms": 1}}
        return {
            "app_user_id": customer_id,
            "original_app_user_id": ids[0],
            "aliases": list(ids),
            "country_code": "DE",
            "subscriber_attributes": attributes,
        }

    def _bare(self, event_type: str) -> Event:
        return {
            "id": str(uuid4()).upper(),
            "type": event_type,
            "event_timestamp_ms": _ms(self.now()),
            "app_id": "app1a2b3c4d",
            "environment": "PRODUCTION",
            "store": "APP_STORE",
        }


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
