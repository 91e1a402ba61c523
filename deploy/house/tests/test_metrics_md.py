"""The catalogue of metrics is found in the code, and what it finds keeps the conventions."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from metrics_md import Metric, catalogue, render

# https://prometheus.io/docs/practices/naming: base units, at the end of the name.
OTHER_UNITS = re.compile(r"_(ms|milliseconds|minutes|hours|days|kb|mb|kilobytes|percent)(_|$)")
# OpenTelemetry's semantic conventions for HTTP servers, which dashboards elsewhere know.
SEMANTIC = ("http_server_request_duration_seconds", "http_server_active_requests")
OF_A_PERSON = re.compile(r"user|mail|token|session|line$|text|title|customer|address|url|id$")
METRICS = catalogue()


@pytest.fixture(params=METRICS, ids=lambda metric: metric.name)
def metric(request: pytest.FixtureRequest) -> Metric:
    """Each metric that the code has."""
    found: Metric = request.param
    return found


def test_its_name_has_our_prefix(metric: Metric) -> None:
    assert metric.name.startswith("ab_") or metric.name in SEMANTIC


def test_a_counter_and_only_a_counter_ends_in_total(metric: Metric) -> None:
    assert metric.name.endswith("_total") == (metric.kind == "counter")


def test_it_is_in_base_units(metric: Metric) -> None:
    assert not OTHER_UNITS.search(metric.name)


def test_a_length_of_time_says_seconds(metric: Metric) -> None:
    timed = re.search(r"\b(how long|time of|age of)\b", metric.meaning.lower())
    assert not timed or "seconds" in metric.name


def test_no_label_could_name_a_person(metric: Metric) -> None:
    assert not [label for label in metric.labels if OF_A_PERSON.search(label)]


def test_its_meaning_is_a_short_line(metric: Metric) -> None:
    assert 10 < len(metric.meaning) < 120
    assert not set(metric.meaning) & {"\n", "|"}


def test_a_name_stands_for_one_thing() -> None:
    names = [metric.name for metric in METRICS]
    assert sorted(set(names)) == names


def test_every_service_has_metrics_and_shared_ones_are_everybodys() -> None:
    holders = {metric.name: set(metric.jobs) for metric in METRICS}
    assert holders["ab_messages_published_total"] >= {"gateway", "auth", "session", "tts"}
    asking = {"gateway", "auth", "session", "tts", "entitlement"}
    assert holders["ab_vendor_calls_total"] == asking
    assert holders["http_server_request_duration_seconds"] == {"gateway"}


def test_the_file_has_a_row_for_each() -> None:
    assert render().count("\n| `") == len(METRICS)
