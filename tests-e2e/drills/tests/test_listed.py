"""Every drill has its alert, panel and page; what can't be chosen is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from drills.__main__ import chosen, figures, listing, main, summary
from drills.drill import Drill, Verdict
from drills.listed import BY_NAME, DRILLS
from drills.panels import panel_of
from drills.stage import StageError, told
from drills.watchers import Firing
from observability.alert_rules import Alert, alerts

WANTED = {
    *("vendor-429", "vendor-hang", "broker-down", "slow-database"),
    *("store-403", "webhook-storm", "poison-message"),
}


def rules_of(drill: Drill) -> list[Alert]:
    return [rule for rule in alerts() if rule.name == drill.alert]


def test_they_are_all_there_once() -> None:
    assert BY_NAME.keys() == WANTED
    assert len(DRILLS) == len(WANTED)


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.name)
def test_a_drill_waits_for_an_alert_of_the_rules(drill: Drill) -> None:
    rules = rules_of(drill)
    assert rules
    # What it is told apart by is a label of the rule, or what its expression groups by.
    for label in drill.labels:
        assert all(label in rule.labels or f"({label}" in rule.expression for rule in rules)


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.name)
def test_its_alert_leads_to_a_panel_and_a_page(drill: Drill) -> None:
    for rule in rules_of(drill):
        assert panel_of(Firing(rule.name, rule.labels, rule.annotations)) is not None
        assert rule.runbook.exists()


def test_the_list_tells_each_with_its_alert() -> None:
    assert all(drill.name in listing() and drill.alert in listing() for drill in DRILLS)


def test_on_a_given_stack_what_needs_an_own_one_is_left_out_or_refused() -> None:
    assert chosen(["all"], own_stack=True) == list(DRILLS)
    kept = chosen(["all"], own_stack=False)
    assert {drill.name for drill in DRILLS} - {drill.name for drill in kept} == {
        "slow-database",
        "webhook-storm",
    }
    with pytest.raises(StageError, match="slow-database"):
        chosen(["vendor-429", "slow-database"], own_stack=False)
    with pytest.raises(StageError, match="There are: vendor-429"):
        chosen(["vendor-430"], own_stack=True)


def test_what_does_not_exist_is_refused_before_anything_starts() -> None:
    assert main(["earthquake"]) == 78


@pytest.mark.parametrize(
    "described",
    [
        None,
        {},
        {"gateway_url": "http://127.0.0.1:1"},
        {"gateway_url": "https://api.example.com", "prometheus_url": "x", "alertmanager_url": "x"},
        {"gateway_url": "http://127.0.0.1:1", "prometheus_url": "x", "alertmanager_url": "x"},
    ],
)
def test_nothing_is_broken_but_a_running_stack_of_this_machine(
    tmp_path: Path, described: dict[str, str] | None
) -> None:
    file = tmp_path / "stack.json"
    if described is not None:
        file.write_text(json.dumps({"name": "x", "state": str(tmp_path), **described}))
    with pytest.raises(StageError):
        told(file)
    assert main(["vendor-429", "--stack", str(file)]) == 78


def test_the_sum_says_how_many_fired() -> None:
    good = Verdict("a", "A", 3.0, 4.0, asked=2, ready=2)
    bad = Verdict("b", "B", trouble="B did not fire in 9 s", asked=1, ready=1)
    found = figures([good, bad])
    assert (found["fired"], found["passed"]) == ("1 of 2", False)
    assert found["seconds"] == {"a": 3.0, "b": None}
    assert figures([good])["passed"] is True
    assert "did NOT fire" in summary(bad)
    assert "0 lost" in summary(good)
