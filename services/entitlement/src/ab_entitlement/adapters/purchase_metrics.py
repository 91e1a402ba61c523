"""What is counted about purchases; never by user."""

from __future__ import annotations

import time
from collections import deque

from ab_shared.runtime.reconciliation_metrics import reconciled
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
DRIFT = Gauge(
    "ab_entitlement_drift",
    "Customers of the last hour whose stored state differed from the vendor's without an event.",
)
OVERDUE = Gauge("ab_purchase_customers_overdue", "Customers that should have been read by now.")
OVERDUE_SECONDS = Gauge(
    "ab_purchase_overdue_seconds",
    "For how long the first of them waits: a reading is a day older than that at most.",
)

DRIFT_SECONDS = 3600.0
MOST_REMEMBERED = 10_000


class PrometheusMeter:
    """Implements ``PurchaseMeter``."""

    def __init__(self) -> None:
        self._differed: deque[float] = deque(maxlen=MOST_REMEMBERED)

    def heard(self, event_type: str, outcome: str) -> None:
        """A type nobody knows is one word: whoever sends must not be able to make up labels."""
        HEARD.labels(event_type if event_type in KNOWN_TYPES else "other", outcome).inc()

    def visible(self, seconds: float) -> None:
        """One customer read because of an event."""
        VISIBLE.observe(seconds)

    def read_again(self, *, differed: bool) -> None:
        """One customer read without an event."""
        if differed:
            self._differed.append(time.monotonic())
        self._tell_drift()

    def behind(self, backlog: Backlog) -> None:
        """As of now."""
        self._tell_drift()
        reconciled("purchases")
        OVERDUE.set(backlog.overdue)
        OVERDUE_SECONDS.set(backlog.longest.total_seconds())

    def _tell_drift(self) -> None:
        while self._differed and self._differed[0] < time.monotonic() - DRIFT_SECONDS:
            self._differed.popleft()
        DRIFT.set(len(self._differed))
