"""What is counted about purchases; never by user."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from ab_entitlement.domain.purchase_events import KNOWN_TYPES
from ab_entitlement.purchase_ports import Backlog

HEARD = Counter(
    "ab_purchase_events_total", "Purchase events by type and outcome.", ("type", "outcome")
)
VISIBLE = Histogram(
    "ab_purchase_visible_seconds",
    "From a purchase event's arrival until its customer was read and kept.",
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30, 120, 600, 3600),
)
OVERDUE = Gauge("ab_purchase_customers_overdue", "Customers that should have been read by now.")
OVERDUE_SECONDS = Gauge(
    "ab_purchase_overdue_seconds",
    "For how long the first of them waits: a reading is a day older than that at most.",
)


class PrometheusMeter:
    """Implements ``PurchaseMeter``."""

    def heard(self, event_type: str, outcome: str) -> None:
        """A type nobody knows is one word: whoever sends must not be able to make up labels."""
        HEARD.labels(event_type if event_type in KNOWN_TYPES else "other", outcome).inc()

    def visible(self, seconds: float) -> None:
        """One customer read because of an event."""
        VISIBLE.observe(seconds)

    def behind(self, backlog: Backlog) -> None:
        """As of now."""
        OVERDUE.set(backlog.overdue)
        OVERDUE_SECONDS.set(backlog.longest.total_seconds())
