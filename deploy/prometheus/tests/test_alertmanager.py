"""Who is told and what silences what, held against the labels that the rules put on alerts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from observability.alert_rules import alerts
from observability.promtool import run_amtool

CONFIGURATION = Path(__file__).resolve().parents[1] / "alertmanager.yml"
MATCHER = re.compile(r'(?P<label>\w+)(?P<sign>!=|=~|!~|=)"(?P<value>.*)"')
LINK = {"alertname": "BrokerUnreachable", "severity": "page", "service": "session"}
BROKER = {"alertname": "BrokerUnreachable", "severity": "page", "service": "rabbitmq"}
CREATE = {"alertname": "CreateBudgetBurn", "severity": "page", "service": "gateway"}


def matches(matcher: str, labels: dict[str, str]) -> bool:
    found = MATCHER.fullmatch(matcher)
    assert found is not None, matcher
    held = labels.get(found["label"], "")
    same = (
        re.fullmatch(found["value"], held) is not None
        if "~" in found["sign"]
        else held == found["value"]
    )
    return same != found["sign"].startswith("!")


def silences(source: dict[str, str], target: dict[str, str]) -> bool:
    """As Alertmanager does it: a label that both have not is equal, too."""
    rules: list[dict[str, Any]] = yaml.safe_load(CONFIGURATION.read_text())["inhibit_rules"]
    return any(
        all(matches(one, source) for one in rule["source_matchers"])
        and all(matches(one, target) for one in rule["target_matchers"])
        and all(source.get(one, "") == target.get(one, "") for one in rule.get("equal", ()))
        for rule in rules
    )


def test_alertmanager_takes_it() -> None:
    said = run_amtool("check-config", CONFIGURATION.name, folder=CONFIGURATION.parent)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("severity", ["page", "ticket"])
def test_each_severity_has_its_receiver(severity: str) -> None:
    question = ("config", "routes", "test", f"--config.file={CONFIGURATION.name}")
    routed = run_amtool(*question, f"severity={severity}", folder=CONFIGURATION.parent)
    assert routed.stdout.strip() == severity, routed.stderr


@pytest.mark.parametrize(
    "target",
    [
        CREATE,
        {"alertname": "PlaybackBudgetBurn", "severity": "page", "service": "gateway"},
        {"alertname": "DeadLetters", "severity": "ticket", "service": "tts", "queue": "tts.dead"},
        {"alertname": "StuckJobs", "severity": "page", "service": "session"},
    ],
    ids=lambda labels: labels["alertname"],
)
def test_a_broker_that_is_away_explains_what_stands_still(target: dict[str, str]) -> None:
    assert silences(BROKER, target)


def test_one_link_of_one_service_explains_that_service_alone() -> None:
    assert not silences(LINK, CREATE)
    assert not silences(LINK, {"alertname": "DeadLetters", "service": "tts"})
    assert silences(LINK, {"alertname": "StuckJobs", "severity": "page", "service": "session"})
    assert silences(LINK | {"service": "gateway"}, CREATE)


def test_no_link_explains_a_message_that_died() -> None:
    letter = {"alertname": "DeadLetters", "severity": "ticket", "service": "session"}
    assert not silences(LINK, letter)


def test_a_broker_that_is_away_says_so_itself() -> None:
    told = [one for one in alerts() if one.name == "BrokerUnreachable"]
    assert BROKER["service"] in {one.labels["service"] for one in told}


def test_a_page_silences_the_ticket_of_the_same_thing_alone() -> None:
    for label in ("queue", "vendor", "instance", "http_route", "path", "host", "what"):
        page = {"alertname": "Any", "severity": "page", label: "one"}
        ticket = page | {"severity": "ticket"}
        assert silences(page, ticket)
        assert not silences(page, ticket | {label: "another"}), label
