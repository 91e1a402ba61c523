"""Every alert asks for something that is there, and none wakes anybody on a healthy stack."""

from __future__ import annotations

import json
import re
import sys
import time
from functools import reduce

import httpx
import pytest
from observability.alert_rules import ROOT, Alert, alerts
from observability.kept import KEPT
from observability.observed import SCRAPE_SECONDS, Observed
from observability.promql import operands, without_absence, without_matcher, without_offset

# The first test that wants the stack waits for it and for its traffic.
pytestmark = pytest.mark.timeout(600)

# What only a fault brings. Without such a matcher the same question has to have an answer, and
# the value has to be one that the code says: a drill or a unit test shows that it then does.
RARE = (
    'outcome="throttled"',
    'outcome="refused"',
    'outcome=~"failed|timed_out"',
    'outcome="failed"',
    'outcome="forbidden"',
    'http_response_status_code="503"',
    'http_response_status_code=~"5.."',
    'http_response_status_code=~"429|5.."',
    'http_response_status_code=~"4.."',
    'kind!="audio"',
)
# The traffic breaks things on purpose: these may wake somebody while it is fresh.
PROVOKED = frozenset({"DeadLetters", "VendorFailing", "WebhooksFailing"})
# Of the catalogue, which needs no token; whether its track is ready does not matter here.
CREATIVITY = "7d75588e-6a0a-7954-c642-8765e6658799"
PLAYED_SECONDS = 90
SOURCES = ("libs/shared/src", "services")


@pytest.fixture(scope="module", autouse=True)
def played(observed: Observed) -> None:
    """Bundles are asked for until Prometheus sees it: a counter that stood still has no share."""
    url = f"{observed.stack.gateway_url}/v1/sessions/{CREATIVITY}/playback-bundle"
    until = time.monotonic() + PLAYED_SECONDS
    while not observed.query('ab:http_errors:ratio_rate1h{slo="playback_bundle"}'):
        assert time.monotonic() < until, "no share of bundles that fail"
        httpx.get(url, timeout=20, trust_env=False)
        time.sleep(1)


def answered(observed: Observed, question: str) -> bool:
    """Whether there was an answer, if need be without what only a fault brings."""
    now = without_absence(without_offset(question))
    # Now, which is between two steps of a range; or at any moment since: other tests may have held
    # the stack for longer than a short window.
    return any(
        observed.query(asked) or observed.query_range(asked, step=SCRAPE_SECONDS)
        for asked in (now, reduce(without_matcher, RARE, now))
    )


@pytest.mark.parametrize("alert", alerts(), ids=str)
def test_each_side_of_an_alert_has_an_answer(observed: Observed, alert: Alert) -> None:
    asked = operands(alert.expression)
    assert asked
    for question in asked:
        assert answered(observed, question), f"nothing answers {question}"


@pytest.mark.parametrize("matcher", [matcher for matcher in RARE if "outcome" in matcher])
def test_what_only_a_fault_brings_is_a_word_of_the_code(matcher: str) -> None:
    code = "\n".join(
        file.read_text()
        for place in SOURCES
        for file in (ROOT / place).rglob("*.py")
        if "tests" not in file.parts
    )
    for word in re.findall(r'"(.+)"', matcher)[0].split("|"):
        assert f'"{word}"' in code


def test_prometheus_has_read_every_rule_and_none_fails(observed: Observed) -> None:
    said = httpx.get(f"{observed.prometheus_url}/api/v1/rules", timeout=20, trust_env=False).json()
    rules = [rule for group in said["data"]["groups"] for rule in group["rules"]]
    assert {alert.name for alert in alerts()} == {
        rule["name"] for rule in rules if rule["type"] == "alerting"
    }
    assert [rule["name"] for rule in rules if rule["health"] == "err"] == []


def test_nobody_is_woken_on_a_healthy_stack(
    observed: Observed, capsys: pytest.CaptureFixture[str]
) -> None:
    firing = observed.query('ALERTS{alertstate="firing"}')
    told = sorted((row["metric"]["alertname"], row["metric"]["severity"]) for row in firing)
    asked = sum(len(operands(alert.expression)) for alert in alerts())
    figures = {"rules": len(alerts()), "expressions_asked": asked, "firing": told}
    KEPT["alerts"] = figures
    with capsys.disabled():
        sys.stdout.write(f"\nalerts: {json.dumps(figures)}\n")
    pages = {name for name, severity in told if severity == "page"}
    assert pages <= PROVOKED
