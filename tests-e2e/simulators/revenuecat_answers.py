"""What ``GET /v1/subscribers/{id}`` says, in the vendor's own words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from simulators.revenuecat_books import DAY, Books, Purchase, Subscriber


def answer(books: Books, customer_id: str) -> dict[str, Any]:
    """The whole answer; an unknown id is known from now on."""
    now = books.now()
    subscriber = books.subscriber(customer_id)
    return {
        "request_date": _text(now),
        "request_date_ms": int(now.timestamp() * 1000),
        "subscriber": {
            "original_app_user_id": subscriber.ids[0],
            "first_seen": _text(subscriber.first_seen),
            "last_seen": _text(now),
            "management_url": None,
            "original_application_version": None,
            "original_purchase_date": None,
            "other_purchases": {},
            "subscriber_attributes": {"$email": {"value": "somebody@example.com"}},
            "entitlements": _entitlements(subscriber),
            "subscriptions": {
                one.product: _subscription(one)
                for one in subscriber.purchases.values()
                if not _once(one)
            },
            "non_subscriptions": {
                one.product: [_bought_once(one)]
                for one in subscriber.purchases.values()
                if _once(one)
            },
        },
    }


def _entitlements(subscriber: Subscriber) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: {
            "expires_date": _text(began + DAY),
            "grace_period_expires_date": None,
            "product_identifier": None,
            "purchase_date": _text(began),
        }
        for name, began in subscriber.temporary.items()
    }
    # Of several purchases that give the same, the one that lasts longest is named.
    for one in sorted(subscriber.purchases.values(), key=lambda one: (one.ends, one.product)):
        found[one.entitlement] = {
            "expires_date": _text(one.expires),
            "grace_period_expires_date": _text(one.grace),
            "product_identifier": one.product,
            "purchase_date": _text(one.bought),
        }
    return found


def _once(one: Purchase) -> bool:
    return one.product.endswith("_lifetime")


def _subscription(one: Purchase) -> dict[str, Any]:
    return {
        "auto_resume_date": _text(one.resumes),
        "billing_issues_detected_at": _text(one.billing_issue),
        "expires_date": _text(one.expires),
        "grace_period_expires_date": _text(one.grace),
        "is_sandbox": one.sandbox,
        "original_purchase_date": _text(one.bought),
        "ownership_type": "PURCHASED",
        "period_type": "normal",
        "purchase_date": _text(one.bought),
        "refunded_at": _text(one.refunded),
        "store": one.store,
        "unsubscribe_detected_at": _text(one.unsubscribed),
    }


def _bought_once(one: Purchase) -> dict[str, Any]:
    return {
        "id": "0a1b2c3d4e",
        "is_sandbox": one.sandbox,
        "purchase_date": _text(one.bought),
        "refunded_at": _text(one.refunded),
        "store": one.store,
    }


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")
