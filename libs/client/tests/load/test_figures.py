"""Percentiles, ratios, objectives."""

from __future__ import annotations

import math

import pytest
from ab_client.errors import ApiRefusal, ApiUnreachable
from ab_client.load.figures import NOT_SENT, Record, percentile
from ab_client.load.objectives import parse
from ab_client.load.report import report
from ab_shared.contracts.http import ApiError
from hypothesis import given, settings
from hypothesis import strategies as st

VALUES = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


@settings(deadline=None)
@given(values=VALUES, share=st.floats(0.01, 1.0))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)
    assert found is not None
    needed = math.ceil(share * len(values))
    assert sum(value <= found for value in values) >= needed
    assert sum(value < found for value in values) < needed


def test_nothing_has_no_percentile() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3.0], 0.01) == percentile([3.0], 1.0) == 3.0


def refusal(code: str) -> ApiRefusal:
    return ApiRefusal(403, ApiError.model_validate({"code": code, "message": "", "requestId": "a"}))


def recorded() -> Record:
    record = Record()
    for _ in range(96):
        record.begin()
        record.end("bundle", 0.1)
    for error in (ApiUnreachable("away"), refusal("INTERNAL_ERROR"), refusal("FREE_LIMIT_REACHED")):
        record.begin()
        record.end("create", 2.0, error)
    record.errors[NOT_SENT] += 1
    record.jobs_asked, record.jobs_failed, record.unfinished = 4, 1, 1
    record.ready += [3.0, 5.0]
    return record


def test_what_a_rule_refuses_is_no_error_and_what_was_not_sent_is_one() -> None:
    record = recorded()
    assert record.errors == {"no answer": 1, "INTERNAL_ERROR": 1, NOT_SENT: 1}
    assert record.refused_by_rule == {"FREE_LIMIT_REACHED": 1}
    assert record.error_ratio == pytest.approx(3 / 100)
    assert record.in_flight == 0
    assert record.most_in_flight == 1


@pytest.mark.parametrize(
    ("told", "held"),
    [
        ("p95=100ms", True),
        ("p95=0.1s", True),
        ("p50=99ms", False),
        ("p99=1s", False),
        ("errors=3%", True),
        ("errors=2.9%", False),
        ("ready50=3s, ready99=5s", True),
        ("ready95=4.9s", False),
        ("failed=50%", True),
        ("failed=49%", False),
        ("", True),
    ],
)
def test_objectives_are_held_or_not(told: str, *, held: bool) -> None:
    figures = report(recorded(), 60.0, parse(told))
    assert figures["held"] is held
    assert list(figures["objectives"]) == [one.strip() for one in told.split(",") if one]


def test_what_was_never_measured_is_not_held() -> None:
    assert not parse("ready95=10s")[0].held(Record())
    assert not parse("p95=10s")[0].held(Record())


@pytest.mark.parametrize("told", ["p95", "p95=300", "p95=3%", "errors=3ms", "p80=1s", "x=1s"])
def test_what_is_no_objective_is_refused_with_those_there_are(told: str) -> None:
    with pytest.raises(ValueError, match="p95 "):
        parse(told)


def test_the_report_counts_by_the_minute() -> None:
    figures = report(recorded(), 30.0, [])
    assert figures["jobs"]["ready_per_minute"] == 4.0
    assert figures["latency_ms"]["bundle"] == {"p50": 100, "p95": 100, "p99": 100, "max": 100}
    assert figures["latency_ms"]["all"]["max"] == 2_000
