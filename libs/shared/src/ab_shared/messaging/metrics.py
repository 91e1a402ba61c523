"""What is counted on the way to and from the broker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram

from ab_shared.runtime.telemetry import exemplar

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600)

PUBLISHED = Counter(
    "ab_messages_published_total",
    "Messages handed to the broker, by outcome.",
    ("routing_key", "outcome"),
)
HANDLED = Counter(
    "ab_messages_handled_total",
    "Messages heard, by what became of them.",
    ("queue", "routing_key", "outcome"),
)
HANDLING = Histogram(
    "ab_message_handling_seconds",
    "How long a handler took.",
    ("routing_key",),
    buckets=SECONDS,
)
CALLS = Histogram(
    "ab_rpc_call_seconds",
    "How long a call took as its caller saw it, by outcome.",
    ("routing_key", "outcome"),
    buckets=SECONDS,
)
WAITING_CALLS = Gauge("ab_rpc_waiting_calls", "Calls that wait for their answer.")
CONNECTED = Gauge("ab_broker_connected", "Whether the broker can be reached (1 or 0).", ("link",))
DRAINED = Gauge("ab_drained", "Whether an operator keeps this process from its queues (1 or 0).")
WAITED = Histogram(
    "ab_message_waited_seconds",
    "From when a message was published to when its queue's consumer first looked at it.",
    ("queue",),
    buckets=SECONDS,
)
REDELIVERED = Counter(
    "ab_messages_redelivered_total",
    "Messages that the broker handed out again, since whoever had them did not settle them.",
    ("queue",),
)


@contextmanager
def handling(routing_key: str) -> Iterator[None]:
    """Times a handler, with the trace it worked for."""
    began = time.perf_counter()
    try:
        yield
    finally:
        HANDLING.labels(routing_key).observe(time.perf_counter() - began, exemplar())
