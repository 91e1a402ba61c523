"""What operators see of erasures: how many are live, and how long the oldest has waited."""

from __future__ import annotations

from prometheus_client import Gauge

from ab_auth.privacy_ports import Backlog

LIVE = Gauge("ab_erasures_live", "Erasures that some service has not carried out yet")
OLDEST = Gauge("ab_erasure_oldest_seconds", "Age of the oldest live erasure, 0 without one")


def watch_erasures(backlog: Backlog) -> None:
    """Sets both."""
    LIVE.set(backlog.live)
    OLDEST.set(backlog.oldest.total_seconds())
