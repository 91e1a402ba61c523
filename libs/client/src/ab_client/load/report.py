"""What a run comes to: one object for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ab_client.load.figures import Record, percentile
from ab_client.load.objectives import Objective

SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def percentiles(values: Sequence[float], scale: float = 1000.0) -> dict[str, float]:
    """Of seconds, in milliseconds unless ``scale`` is another; empty where there are none."""
    found = ((name, percentile(values, share)) for name, share in SHARES.items())
    return {name: round(value * scale, 1) for name, value in found if value is not None}


def per_second(record: Record, seconds: float) -> dict[str, float]:
    """How many came and were answered a second."""
    return {
        "visits_per_s": round(record.arrived / seconds, 2) if seconds else 0.0,
        "requests_per_s": round(record.answered / seconds, 2) if seconds else 0.0,
    }


def report(record: Record, seconds: float, objectives: Sequence[Objective]) -> dict[str, Any]:
    """The figures of a run whose listeners came for ``seconds``."""
    every = {"all": record.everything, **dict(sorted(record.seconds.items()))}
    return {
        "seconds": round(seconds, 1),
        "visits": record.arrived,
        "requests": record.answered,
        **per_second(record, seconds),
        "latency_ms": {name: percentiles(values) for name, values in every.items() if values},
        "errors": dict(record.errors),
        "error_ratio": round(record.error_ratio, 5),
        "refused_by_rule": dict(record.refused_by_rule),
        "throttled": {str(status): count for status, count in record.throttled.items()},
        "retried": record.retried,
        "most_in_flight": record.most_in_flight,
        "jobs": {
            "asked": record.jobs_asked,
            "ready": len(record.ready),
            "failed": record.jobs_failed,
            "unfinished": record.unfinished,
            "ready_per_minute": round(len(record.ready) * 60 / seconds, 1) if seconds else 0.0,
            "time_to_ready_s": percentiles(record.ready, 1.0),
        },
        # How late this machine itself was: where it is much, the figures are the machine's.
        "sent_late_ms": percentiles(record.late),
        "objectives": {one.told: one.held(record) for one in objectives},
        "held": all(one.held(record) for one in objectives),
    }
