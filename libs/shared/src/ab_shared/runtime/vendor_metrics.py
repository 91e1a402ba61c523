"""What is measured of every vendor: one set of names, so that one panel and one alert serve all."""

from __future__ import annotations

import time
from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from prometheus_client import Counter, Gauge, Histogram

from ab_shared.runtime.telemetry import exemplar
from ab_shared.runtime.telemetry_spans import tell

Outcome = Literal["ok", "throttled", "refused", "failed", "timed_out"]
"""``refused`` is an answer (a text it will not say, a user it does not know), no failure."""
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600)

CALLS = Counter(
    "ab_vendor_calls_total",
    "Calls of a vendor over the network (or of the embedded voices), by outcome.",
    ("vendor", "operation", "outcome"),
)
CALL_SECONDS = Histogram(
    "ab_vendor_call_seconds",
    "Time of one call, whatever came of it.",
    ("vendor", "operation"),
    buckets=SECONDS,
)
SKIPPED = Counter(
    "ab_vendor_skipped_total",
    "Calls that were not made: the breaker was open, or there was no room for one more.",
    ("vendor", "operation", "reason"),
)
CHARACTERS = Counter(
    "ab_vendor_characters_total", "Characters spoken: what is charged for.", ("vendor",)
)
TOKENS = Counter(
    "ab_vendor_tokens_total",
    "Tokens a vendor charges for, by kind; cached ones are counted as prompt as well.",
    ("vendor", "kind"),
)
COST = Counter("ab_vendor_cost_dollars_total", "What calls of a vendor cost.", ("vendor",))
SLOTS = Gauge(
    "ab_vendor_slots",
    "Calls at once in this process: limit, busy, waiting.",
    ("vendor", "operation", "kind"),
)
BREAKER_OPEN = Gauge(
    "ab_vendor_breaker_open",
    "Whether this process leaves a vendor alone (1 or 0).",
    ("vendor", "operation"),
)
TOO_MANY, REFUSALS, SERVER_ERROR = 429, 400, 500


def called(vendor: str, operation: str, outcome: Outcome, seconds: float) -> None:
    """Counts one call that has just ended, and puts it into the current trace."""
    _expect(vendor, operation)
    CALLS.labels(vendor, operation, outcome).inc()
    CALL_SECONDS.labels(vendor, operation).observe(seconds, exemplar=exemplar())
    said = {"vendor.name": vendor, "vendor.operation": operation, "ab.outcome": outcome}
    calm = outcome in {"ok", "refused"}
    tell(f"{vendor} {operation}", seconds, said, failed="" if calm else outcome)


@cache
def _expect(vendor: str, operation: str) -> None:
    # A series that begins with its first failures hides them: an increase is what has come since
    # the look before, and a breaker soon lets nothing more come.
    for outcome in get_args(Outcome):
        CALLS.labels(vendor, operation, outcome)


@dataclass(slots=True)
class Call:
    """One call; whoever knows better than its exception how it ended says so."""

    outcome: Outcome | None = None


@contextmanager
def calling(vendor: str, operation: str) -> Iterator[Call]:
    """Counts and times the call made inside the block."""
    call, began = Call(), time.perf_counter()
    ended: Outcome = "ok"
    try:
        yield call
    except BaseException as error:
        ended = _outcome(error)
        raise
    finally:
        called(vendor, operation, call.outcome or ended, time.perf_counter() - began)


def _outcome(error: BaseException) -> Outcome:
    # Clients of vendors put the status into their errors under the same name.
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return outcome_of(status)
    # Their timeouts have nothing in common but the word; what is cancelled was waited for in vain.
    late = isinstance(error, TimeoutError | CancelledError) or "Timeout" in type(error).__name__
    return "timed_out" if late else "failed"


def outcome_of(status: int) -> Outcome:
    """The outcome of an HTTP answer by its status code (RFC 9110)."""
    if status == TOO_MANY:
        return "throttled"
    if status >= SERVER_ERROR:
        return "failed"
    return "refused" if status >= REFUSALS else "ok"
