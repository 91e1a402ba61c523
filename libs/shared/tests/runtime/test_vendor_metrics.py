"""Calls of vendors are counted once each, under the few outcomes that alerts know."""

from __future__ import annotations

import asyncio

import pytest
from ab_shared.runtime import vendor_metrics
from ab_shared.runtime.vendor_metrics import Outcome, calling, outcome_of
from prometheus_client import REGISTRY


class Refused(Exception):
    """As clients of vendors raise."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class ReadTimeout(Exception):
    """As HTTP clients raise; nobody's TimeoutError."""


def counted(vendor: str, outcome: str) -> float:
    labels = {"vendor": vendor, "operation": "try", "outcome": outcome}
    return REGISTRY.get_sample_value("ab_vendor_calls_total", labels) or 0


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Refused(429), "throttled"),
        (Refused(404), "refused"),
        (Refused(503), "failed"),
        (TimeoutError(), "timed_out"),
        (ReadTimeout(), "timed_out"),
        (asyncio.CancelledError(), "timed_out"),
        (ConnectionResetError(), "failed"),
    ],
)
def test_how_a_call_ended_is_told_by_its_error(error: BaseException, outcome: str) -> None:
    vendor = f"played-{type(error).__name__}-{outcome}"
    with pytest.raises(type(error)), calling(vendor, "try"):
        raise error
    assert counted(vendor, outcome) == 1
    labels = {"vendor": vendor, "operation": "try"}
    assert REGISTRY.get_sample_value("ab_vendor_call_seconds_count", labels) == 1


def test_a_call_that_raises_nothing_went_well() -> None:
    with calling("well", "try"):
        pass
    assert counted("well", "ok") == 1


def test_a_vendor_that_went_well_has_failed_no_time_yet() -> None:
    with calling("faultless", "try"):
        pass
    labels = {"vendor": "faultless", "operation": "try"}
    for outcome in ("throttled", "refused", "failed", "timed_out"):
        told = {**labels, "outcome": outcome}
        assert REGISTRY.get_sample_value("ab_vendor_calls_total", told) == 0


def test_who_knows_better_says_so() -> None:
    with calling("told", "try") as call:
        call.outcome = "throttled"
    assert (counted("told", "throttled"), counted("told", "ok")) == (1, 0)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "ok"), (302, "ok"), (400, "refused"), (429, "throttled"), (500, "failed")],
)
def test_a_status_is_one_outcome(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) == outcome


def test_a_call_that_takes_ten_minutes_has_a_bucket() -> None:
    assert max(vendor_metrics.SECONDS) == 600
