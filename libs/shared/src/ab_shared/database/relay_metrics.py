"""What is measured of an outbox."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

PUBLISHED = Counter("ab_outbox_published_total", "Messages that left the outbox.")
PUT_OFF = Counter(
    "ab_outbox_put_off_total", "Attempts that failed and wait for another.", ("error",)
)
PARKED = Counter(
    "ab_outbox_parked_total",
    "Messages that could never be sent and became dead letters.",
    ("error",),
)
PENDING = Gauge("ab_outbox_pending", "Messages that wait in the outbox.")
OLDEST = Gauge("ab_outbox_oldest_seconds", "Age of the oldest message in the outbox.")
