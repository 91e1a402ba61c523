"""What a purchase event says: whom it is about, who belongs together, and nothing of what is held.

What somebody holds is never folded from events: they come twice, late, reordered or not at all.
They only say whose purchases to read again.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ab_shared.contracts.purchases import ID_PATTERN, MAX_ID_LENGTH

TRANSFER = "TRANSFER"
TEMPORARY_GRANT = "TEMPORARY_ENTITLEMENT_GRANT"
KNOWN_TYPES = frozenset(
    {
        *("INITIAL_PURCHASE", "RENEWAL", "CANCELLATION", "UNCANCELLATION", "EXPIRATION"),
        *("NON_RENEWING_PURCHASE", "SUBSCRIPTION_PAUSED", "BILLING_ISSUE", "PRODUCT_CHANGE"),
        *(TRANSFER, "SUBSCRIPTION_EXTENDED", TEMPORARY_GRANT, "REFUND_REVERSED"),
    }
)
"""Types that are about somebody's purchases. TEST and whatever is new are kept and left alone."""
ANONYMOUS = "$RCAnonymousID:"
# The store's promise for purchases it could not check yet.
LONGEST_TEMPORARY = timedelta(hours=24)
# Beyond it an event names more ids than any person has phones.
MAX_CUSTOMERS = 100


@dataclass(frozen=True, slots=True)
class Link:
    """An anonymous customer turned out to be a user."""

    customer_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class PurchaseEvent:
    """One event, read. ``customers`` are all ids it names, ``to_read`` those whose state it moves.

    ``sandbox`` None: the event does not say. ``temporary_until`` is the end of a grant made before
    its receipt could be checked.
    """

    id: str
    type: str
    at: datetime
    sandbox: bool | None
    customers: tuple[str, ...] = ()
    to_read: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    temporary_until: datetime | None = None

    def counts(self, *, accept_sandbox: bool) -> bool:
        """Whether it moves anything here; the sandbox's events do where its purchases count."""
        return self.type in KNOWN_TYPES and (accept_sandbox or not self.sandbox)


def is_anonymous(customer_id: str) -> bool:
    """Whether the store made this id up for a phone without a user."""
    return customer_id.startswith(ANONYMOUS)


def read_event(
    event_id: str,
    event_type: str,
    event: Mapping[str, Any],
    received_at: datetime,
    granting: frozenset[str],
) -> PurchaseEvent:
    """What an event says; anything unusable in it is left out, never an error.

    Args:
        event_id: constant over the vendor's retries.
        event_type: as the vendor names it.
        event: its fields, of any shape.
        received_at: when it came (aware); no event is younger, whatever its clock says.
        granting: entitlements that give a plan: a temporary grant of another gives nothing.
    """
    at = min(_instant(event.get("event_timestamp_ms")) or received_at, received_at)
    environment = event.get("environment")
    moved_from, moved_to = _ids(event, "transferred_from"), _ids(event, "transferred_to")
    named = _ids(event, "app_user_id", "original_app_user_id", "aliases")
    if event_type == TRANSFER:
        to_read, links = _unique(moved_from + moved_to), _links(moved_from + moved_to, moved_to)
    else:
        users = tuple(one for one in named if not is_anonymous(one))
        # All of these are one subscriber of the store: reading one of its users reads them all.
        to_read, links = users or named[:1], _links(named, users[:1])
    return PurchaseEvent(
        id=event_id,
        type=event_type,
        at=at,
        sandbox=environment == "SANDBOX" if isinstance(environment, str) else None,
        customers=_unique(named + moved_from + moved_to),
        to_read=to_read,
        links=links,
        temporary_until=_temporary(event_type, event, at, granting),
    )


def _links(ids: tuple[str, ...], owners: tuple[str, ...]) -> tuple[Link, ...]:
    """Anonymous ids beside exactly one user are that user's; beside several nobody can tell."""
    users = {one for one in owners if not is_anonymous(one)}
    if len(users) != 1:
        return ()
    owner = users.pop()
    return tuple(Link(one, owner) for one in _unique(ids) if is_anonymous(one))


def _temporary(
    event_type: str, event: Mapping[str, Any], at: datetime, granting: frozenset[str]
) -> datetime | None:
    if event_type != TEMPORARY_GRANT:
        return None
    named = event.get("entitlement_ids")
    # Without names it is whatever the product would give; with other names it is not our plan.
    if isinstance(named, list) and named and not granting.intersection(map(str, named)):
        return None
    return at + LONGEST_TEMPORARY


def _ids(event: Mapping[str, Any], *fields: str) -> tuple[str, ...]:
    found: list[object] = []
    for name in fields:
        value = event.get(name)
        found += value if isinstance(value, list) else [value]
    texts = (one for one in found if isinstance(one, str) and len(one) <= MAX_ID_LENGTH)
    return _unique(one for one in texts if re.fullmatch(ID_PATTERN, one))


def _unique(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))[:MAX_CUSTOMERS]


def _instant(milliseconds: object) -> datetime | None:
    """Unix milliseconds as an instant; None for what is no date anybody could mean."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    try:
        seconds = milliseconds / 1000
        return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) else None
    except (OverflowError, OSError, ValueError):
        return None
