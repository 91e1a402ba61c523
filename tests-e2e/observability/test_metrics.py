"""After real traffic every metric of the catalogue has a sample, and every target is scraped."""

from __future__ import annotations

import pytest
from observability.catalogue import SELDOM, kinds, silent
from observability.kept import KEPT
from observability.observed import Observed

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]
JOBS = {"gateway", "auth", "session", "tts", "stitching", "entitlement", "rabbitmq", "watch"}


def test_every_metric_has_a_sample_or_a_reason(observed: Observed) -> None:
    missing = silent(observed.names())
    KEPT["traffic_seconds"] = observed.seconds
    KEPT["metrics"] = {
        "listed": len(kinds()),
        "with_samples": len(kinds()) - len(missing),
        "without": sorted(missing),
    }
    assert missing - SELDOM.keys() == set()


def test_reasons_are_of_metrics_that_exist() -> None:
    assert kinds().keys() >= SELDOM.keys()


def test_every_process_is_scraped_under_the_name_of_its_service(observed: Observed) -> None:
    up = {(row["metric"]["job"], row["value"][1]) for row in observed.query("up")}
    assert {job for job, _ in up} == JOBS | {"prometheus", "alertmanager"}
    assert {value for _, value in up} == {"1"}


def test_no_route_and_no_label_is_made_up_by_whoever_asks(observed: Observed) -> None:
    routes = observed.query("count by (http_route) (http_server_request_duration_seconds_count)")
    shown = {row["metric"]["http_route"] for row in routes}
    assert "unknown" in shown
    assert not [route for route in shown if "nowhere" in route]
    series = observed.query('count({__name__=~"ab_.+|http_server.+",job=~".+"})')
    # A few thousand for a handful of processes; a label that grows with users would be seen.
    assert int(series[0]["value"][1]) < 20_000


@pytest.mark.parametrize(
    "expression",
    [
        "ab:queue_ready:sum",
        "ab:queue_age:seconds",
        "max_over_time(ab:dead_letters:sum[1h]) > 0",
        "max_over_time(ab:http_requests:rate5m[1h]) > 0",
        'max_over_time(ab:http_errors:ratio_rate5m{slo="create"}[1h]) > 0',
        'max_over_time(ab:http_errors:ratio_rate5m{slo="playback_bundle"}[1h]) >= 0',
        'max_over_time(ab:ready_slow:ratio_rate5m{slo="time_to_ready"}[1h])',
    ],
)
def test_recording_rules_have_answers(observed: Observed, expression: str) -> None:
    assert observed.query(expression)


@pytest.mark.parametrize(
    ("vendor", "operation", "outcome"),
    [
        ("elevenlabs", "speech", "ok"),
        ("elevenlabs", "speech", "throttled"),
        ("elevenlabs", "speech", "refused"),
        ("elevenlabs", "speech", "failed"),
        ("embedded", "speech", "ok"),
        ("openai", "moderate", "ok"),
        ("openai", "write", "ok"),
        ("openai", "write", "failed"),
        ("clerk", "read_users", "ok"),
        ("revenuecat", "read_purchases", "ok"),
        ("expo", "push", "ok"),
    ],
)
def test_every_vendor_is_counted_in_the_one_set(
    observed: Observed, vendor: str, operation: str, outcome: str
) -> None:
    labels = f'vendor="{vendor}",operation="{operation}",outcome="{outcome}"'
    assert observed.query(f"sum(ab_vendor_calls_total{{{labels}}}) > 0")


def test_jobs_are_timed_by_how_they_ended(observed: Observed) -> None:
    ended = observed.query("sum by (kind, outcome) (ab_job_seconds_count) > 0")
    seen = {(row["metric"]["kind"], row["metric"]["outcome"]) for row in ended}
    assert seen >= {("audio", "ready"), ("audio", "failed"), ("mixdown", "ready")}


def test_what_a_dead_worker_held_came_again(observed: Observed) -> None:
    assert observed.query('sum(ab_messages_redelivered_total{queue=~"tts.*"}) > 0')
