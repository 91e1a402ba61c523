"""When things that have to agree were last compared; how far apart they were is the service's."""

from __future__ import annotations

from prometheus_client import Gauge

RECONCILED = Gauge(
    "ab_reconciled_timestamp_seconds",
    "When a comparison last finished; take the largest of all instances.",
    ("what",),
)


def reconciled(what: str) -> None:
    """A comparison has finished now."""
    RECONCILED.labels(what).set_to_current_time()
