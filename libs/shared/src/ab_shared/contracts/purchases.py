"""Purchases: what the store's middleman tells of them, and what is asked about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from ab_shared.contracts.base import Command, Contract, Request
from ab_shared.contracts.usage import Actor, Reason

MAX_ID_LENGTH = 256
# No control characters: an id that holds a NUL could not be kept by any database.
ID_PATTERN = r"^[^\x00-\x1f\x7f]+$"
PurchaseId = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH, pattern=ID_PATTERN)]

KEPT_FIELDS = frozenset(
    {
        *("id", "type", "event_timestamp_ms", "environment", "store", "app_id"),
        *("app_user_id", "original_app_user_id", "aliases", "transferred_from", "transferred_to"),
        *("entitlement_ids", "product_id", "new_product_id", "period_type", "transaction_id"),
        *("original_transaction_id", "purchased_at_ms", "expiration_at_ms", "renewal_number"),
        *("grace_period_expiration_at_ms", "auto_resume_at_ms", "cancel_reason"),
        *("expiration_reason", "is_trial_conversion", "is_family_share", "price", "currency"),
        *("price_in_purchased_currency", "tax_percentage", "commission_percentage"),
    }
)


def minimised(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event without what nobody here needs: attributes, addresses, countries, offers.

    A list of what is kept, because what a vendor adds next year may be personal.
    """
    return {name: value for name, value in event.items() if name in KEPT_FIELDS}


class StoredPurchaseEvent(Contract):
    """The event is kept for good; ``new`` is False where it was kept before."""

    new: bool


class StorePurchaseEvent(Request[StoredPurchaseEvent]):
    """Keep one purchase event; its id makes doing so again harmless. The answer means: committed.

    Whoever asks has verified that the vendor said so.
    """

    routing_key: ClassVar[str] = "entitlement.store_purchase_event.v1"
    reply_type: ClassVar[type[Contract]] = StoredPurchaseEvent

    event_id: PurchaseId
    event_type: PurchaseId
    event: Annotated[dict[str, Any], BeforeValidator(minimised)]


class ResyncPurchases(Command):
    """Read again what a customer of the store holds, as it was at ``wanted_at`` or later."""

    routing_key: ClassVar[str] = "entitlement.resync_purchases.v1"

    customer_id: PurchaseId
    wanted_at: datetime
    cause: Literal["event", "reconcile", "replay", "link"] = "event"


class QueuedResyncs(Contract):
    """How many customers will be read again."""

    customers: int = Field(ge=0)


class ReconcilePurchases(Request[QueuedResyncs]):
    """Have one user's purchases read again, or everybody's that are known."""

    routing_key: ClassVar[str] = "entitlement.reconcile_purchases.v1"
    reply_type: ClassVar[type[Contract]] = QueuedResyncs

    user_id: PurchaseId | None = None
    actor: Actor


class ReplayedEvents(Contract):
    """What was taken once more; ``last`` is where the next page begins, None at the end."""

    events: int = Field(ge=0)
    customers: int = Field(ge=0)
    last: str | None = None


class ReplayPurchaseEvents(Request[ReplayedEvents]):
    """Take kept events once more: one, or a page of those since an instant, or of all."""

    routing_key: ClassVar[str] = "entitlement.replay_purchase_events.v1"
    reply_type: ClassVar[type[Contract]] = ReplayedEvents

    event_id: PurchaseId | None = None
    since: datetime | None = None
    after: PurchaseId | None = None
    actor: Actor


class LinkPurchases(Request[QueuedResyncs]):
    """Give an anonymous customer's purchases to a user."""

    routing_key: ClassVar[str] = "entitlement.link_purchases.v1"
    reply_type: ClassVar[type[Contract]] = QueuedResyncs

    customer_id: PurchaseId
    user_id: PurchaseId
    actor: Actor
    reason: Reason
