"""The answer to ``GET /v1/subscribers/{id}``: only what is used, and that strictly.

What is promised and missing is an error: an empty object must never look like a customer who holds
nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ab_entitlement.domain.purchase_events import LONGEST_TEMPORARY
from ab_entitlement.domain.subscription import Grant, Source
from ab_entitlement.purchase_ports import Answer

SOURCES: dict[str, Source] = {
    "app_store": "apple",
    "mac_app_store": "apple",
    "play_store": "google",
    "stripe": "stripe",
}
# 2000-01-01 and 2100-01-01: before and after that it is no clock.
FIRST_MS, LAST_MS = 946_684_800_000, 4_102_444_800_000
Name = Annotated[str, Field(max_length=256)]
MANY = 500


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Entitlement(_Part):
    expires_date: AwareDatetime | None
    product_identifier: Name | None = None
    purchase_date: AwareDatetime | None = None
    grace_period_expires_date: AwareDatetime | None = None


class _Subscription(_Part):
    store: Name = "unknown"
    is_sandbox: bool = False
    unsubscribe_detected_at: AwareDatetime | None = None
    billing_issues_detected_at: AwareDatetime | None = None
    refunded_at: AwareDatetime | None = None
    auto_resume_date: AwareDatetime | None = None


class _OneOff(_Part):
    store: Name = "unknown"
    is_sandbox: bool = False
    refunded_at: AwareDatetime | None = None


class _Subscriber(_Part):
    entitlements: dict[Name, _Entitlement] = Field(max_length=MANY)
    subscriptions: dict[Name, _Subscription] = Field(max_length=MANY)
    non_subscriptions: dict[Name, list[_OneOff]] = Field(default_factory=dict, max_length=MANY)


class SubscriberAnswer(_Part):
    """One subscriber."""

    request_date_ms: int = Field(ge=FIRST_MS, le=LAST_MS)
    subscriber: _Subscriber

    def answer(self) -> Answer:
        """As the rules see it, in one order however the vendor spelled it."""
        at = datetime.fromtimestamp(self.request_date_ms / 1000, UTC)
        grants = (
            _grant(name, entitlement, self.subscriber)
            for name, entitlement in sorted(self.subscriber.entitlements.items())
        )
        return Answer(at, tuple(grant for grant in grants if grant is not None))


def _grant(name: str, entitlement: _Entitlement, subscriber: _Subscriber) -> Grant | None:
    product = entitlement.product_identifier or ""
    bought = subscriber.subscriptions.get(product)
    if bought is not None:
        return Grant(
            name,
            SOURCES.get(bought.store, "revenuecat"),
            expires_at=entitlement.expires_date,
            grace_expires_at=entitlement.grace_period_expires_date,
            billing_issue_at=bought.billing_issues_detected_at,
            refunded_at=bought.refunded_at,
            will_renew=bought.unsubscribe_detected_at is None and bought.auto_resume_date is None,
            is_sandbox=bought.is_sandbox,
            product_id=product,
        )
    once = subscriber.non_subscriptions.get(product)
    if once:
        return _bought_once(name, entitlement, once[-1])
    return _unbacked(name, entitlement)


def _bought_once(name: str, entitlement: _Entitlement, last: _OneOff) -> Grant:
    return Grant(
        name,
        SOURCES.get(last.store, "revenuecat"),
        expires_at=entitlement.expires_date,
        refunded_at=last.refunded_at,
        will_renew=False,
        is_sandbox=last.is_sandbox,
        product_id=entitlement.product_identifier,
    )


def _unbacked(name: str, entitlement: _Entitlement) -> Grant | None:
    """No purchase stands behind it: what is granted before a receipt could be checked.

    Without an end it would be for ever: it ends a day after it began.
    """
    expires = entitlement.expires_date
    if not entitlement.product_identifier or expires is None:
        if entitlement.purchase_date is None:
            return None
        longest = _after(entitlement.purchase_date, LONGEST_TEMPORARY)
        expires = longest if expires is None else min(expires, longest)
    return Grant(
        name,
        "revenuecat",
        expires_at=expires,
        grace_expires_at=entitlement.grace_period_expires_date,
        will_renew=False,
        product_id=entitlement.product_identifier,
    )


def _after(start: datetime, length: timedelta) -> datetime:
    # The last day of the calendar has no day after it.
    return start + length if start < datetime.max.replace(tzinfo=UTC) - length else start
