"""Every alert fires when it should, stays silent just below, and ends when things are well."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml
from observability.alert_rules import RULES, TESTS, Alert, alerts, rule_files, rule_tests
from observability.promtool import run_promtool

MINUTES = {"s": 0, "m": 1, "h": 60, "d": 1440}


@pytest.mark.parametrize("file", rule_tests(), ids=lambda file: file.stem)
def test_the_rules_do_what_their_tests_say(file: Path) -> None:
    said = run_promtool("test", "rules", file.name, folder=file.parent)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("file", rule_files(), ids=lambda file: file.stem)
def test_promtool_has_nothing_to_say_about_the_rules(file: Path) -> None:
    said = run_promtool(
        "check", "rules", "--lint=all", "--lint-fatal", file.name, folder=file.parent
    )
    assert said.returncode == 0, said.stdout + said.stderr


def test_a_rule_that_never_fires_would_be_noticed(tmp_path: Path) -> None:
    """promtool and such files can fail: with every bound out of reach this one does."""
    tests, rules = tmp_path / "tests", tmp_path / "rules" / "alerts"
    tests.mkdir()
    rules.mkdir(parents=True)
    described = yaml.safe_load((RULES / "alerts" / "people.yml").read_text())
    for rule in described["groups"][0]["rules"]:
        rule["expr"] = f"({rule['expr']}) > 1e30"
    (rules / "people.yml").write_text(yaml.safe_dump(described))
    (tests / "people.yml").write_text((TESTS / "people.yml").read_text())
    said = run_promtool("test", "rules", "people.yml", folder=tests)
    assert said.returncode != 0, "the test passes without a single alert"


@pytest.mark.parametrize("alert", alerts(), ids=str)
def test_each_rule_is_seen_silent_firing_and_silent_again(alert: Alert) -> None:
    assert any(
        _silent_fires_ends(alert, test) for file in rule_tests() for test in _tests_of(file)
    ), f"no test in deploy/prometheus/tests shows {alert} silent, then firing, then silent"


def _tests_of(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(file.read_text())["tests"]
    return found


def _silent_fires_ends(alert: Alert, test: dict[str, Any]) -> bool:
    """Whether in one test the rule is expected to be silent, to fire later, and to end later."""
    fires: dict[int, bool] = defaultdict(bool)
    for check in test["alert_rule_test"]:
        if check["alertname"] == alert.name:
            labels = [expected["exp_labels"] for expected in check["exp_alerts"]]
            fires[_minutes(check["eval_time"])] |= any(
                alert.fixed_labels.items() <= shown.items() for shown in labels
            )
    told = "".join("F" if fires[moment] else "-" for moment in sorted(fires))
    return "-F" in told and "F-" in told


def _minutes(text: str) -> int:
    return int(text[:-1]) * MINUTES[text[-1]]
