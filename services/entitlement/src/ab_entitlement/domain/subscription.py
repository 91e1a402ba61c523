"""What is known of a user's paid state: the store's word, kept as it was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Source: TypeAlias = Literal["apple", "google", "stripe", "internal", "revenuecat"]


@dataclass(frozen=True, slots=True)
class Grant:
    """One entitlement a user holds or held. All instants are aware.

    ``entitlement`` is its name at the store (``pro``); which names give which plan is the plans'
    data. ``expires_at`` None never ends. ``will_renew`` is False once it was cancelled or paused:
    access lasts until expiry, and no renewal is to be expected.
    """

    entitlement: str
    source: Source
    expires_at: datetime | None = None
    grace_expires_at: datetime | None = None
    billing_issue_at: datetime | None = None
    refunded_at: datetime | None = None
    will_renew: bool = True
    is_sandbox: bool = False
    product_id: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """Everything known of one user's purchases.

    ``temporary_until`` is the end of a grant made before its receipt could be checked, at most a
    day after it began. ``fetched_at`` is when the store was last asked with success: its distance
    from now is the age of all this; None when it never was.
    """

    user_id: str
    grants: tuple[Grant, ...] = ()
    temporary_until: datetime | None = None
    fetched_at: datetime | None = None
