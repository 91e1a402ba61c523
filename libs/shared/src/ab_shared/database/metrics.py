"""What is measured of a service's database, as the service sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from prometheus_client import Gauge, Histogram
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from ab_shared.errors import DependencyUnavailable

TRANSACTIONS = Histogram(
    "ab_transaction_seconds",
    "From asking for a connection to the end of the transaction, by outcome.",
    ("outcome",),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
CONNECTIONS = Gauge(
    "ab_database_connections",
    "Connections of this process: in_use, idle, and limit (how many there may be).",
    ("state",),
)


@contextmanager
def timing() -> Iterator[None]:
    """Times a transaction: committed, rolled_back (the work's own error) or failed (the server)."""
    began = time.perf_counter()
    outcome = "rolled_back"
    try:
        yield
        outcome = "committed"
    except DependencyUnavailable:
        outcome = "failed"
        raise
    finally:
        TRANSACTIONS.labels(outcome).observe(time.perf_counter() - began)


def count_connections(engine: AsyncEngine, limit: int) -> None:
    """Lets the gauge follow the pool; read when asked for, so that nothing has to remember."""
    pool = cast("QueuePool", engine.pool)
    CONNECTIONS.labels("in_use").set_function(pool.checkedout)
    CONNECTIONS.labels("idle").set_function(pool.checkedin)
    CONNECTIONS.labels("limit").set(limit)
