"""What is measured of the object store, as a service sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from prometheus_client import Histogram

from ab_shared.storage.failures import MISSING, code_of

CALLS = Histogram(
    "ab_store_call_seconds",
    "Time of an operation with all its attempts, by outcome.",
    ("operation", "outcome"),
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
# HEAD has no body, hence the bare numbers; tokens that are over come with a status of 400.
FORBIDDEN = frozenset(
    {
        "AccessDenied",
        "403",
        "Forbidden",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "ExpiredToken",
        "InvalidToken",
        "RequestTimeTooSkewed",
    }
)
_LATE = (TimeoutError, ConnectTimeoutError, ReadTimeoutError)


@dataclass(slots=True)
class Call:
    """One operation: ok, missing, forbidden, failed or timed_out."""

    outcome: str = "ok"


@contextmanager
def timing(operation: str) -> Iterator[Call]:
    """Times an operation; an answer that nothing is there is no failure."""
    call, began = Call(), time.perf_counter()
    try:
        yield call
    except BaseException as error:
        call.outcome = _outcome(error)
        raise
    finally:
        _expect(operation)
        CALLS.labels(operation, call.outcome).observe(time.perf_counter() - began)


@cache
def _expect(operation: str) -> None:
    # A series that begins with its first failures hides them from whoever asks for an increase.
    CALLS.labels(operation, "forbidden")


def _outcome(error: BaseException) -> str:
    if isinstance(error, ClientError):
        code = code_of(error)
        return "missing" if code in MISSING else "forbidden" if code in FORBIDDEN else "failed"
    return "timed_out" if isinstance(error, _LATE) else "failed"
