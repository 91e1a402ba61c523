"""What every alert says of itself, and that its page, its panel and its metrics are there."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest
from ab_operator.main import app as operator_app
from observability.alert_rules import ROOT, RUNBOOK_URLS, Alert, alerts, kebab
from observability.known_names import known
from observability.promql import metric_names
from observability.runbooks import HEADINGS, Page, index, pages

DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"
SAID = {"summary", "description", "dashboard", "panel", "runbook_url"}
LINK = re.compile(r"/d/(ab-\w+)\?viewPanel=(\d+)")

every_alert = pytest.mark.parametrize("alert", alerts(), ids=str)
every_page = pytest.mark.parametrize("page", pages(), ids=str)


@cache
def panels() -> dict[tuple[str, str], str]:
    """Dashboard and id of each panel: its title."""
    found: dict[tuple[str, str], str] = {}
    for file in DASHBOARDS.glob("*.json"):
        board = json.loads(file.read_text())
        waiting = list(board["panels"])
        while waiting:
            panel = waiting.pop()
            found[board["uid"], str(panel["id"])] = panel.get("title", "")
            waiting += panel.get("panels", [])
    return found


@every_alert
def test_an_alert_says_what_is_needed(alert: Alert) -> None:
    assert alert.labels["severity"] in {"page", "ticket"}
    assert set(alert.annotations) == SAID
    assert "$value" in alert.annotations["description"]
    # People read the summary on a phone, at night: it names what is felt and holds no figures.
    assert "$value" not in alert.annotations["summary"]
    assert len(alert.annotations["summary"]) <= 140


@every_alert
def test_its_page_exists_and_names_it(alert: Alert) -> None:
    assert alert.annotations["runbook_url"].startswith(RUNBOOK_URLS)
    page = Page(alert.runbook)
    assert alert.name in page.alerts, f"{alert.runbook.name} does not name {alert.name}"


@every_alert
def test_its_panel_exists(alert: Alert) -> None:
    link = LINK.fullmatch(alert.annotations["dashboard"])
    assert link is not None, alert.annotations["dashboard"]
    assert panels()[link[1], link[2]] == alert.annotations["panel"]


@every_alert
def test_its_metrics_are_in_the_catalogue(alert: Alert) -> None:
    names = metric_names(alert.expression)
    assert names
    assert [name for name in names if not known(name)] == []


def test_alerts_are_told_apart() -> None:
    kinds = [(alert.name, tuple(sorted(alert.labels.items()))) for alert in alerts()]
    assert len(kinds) == len(set(kinds))


@every_page
def test_a_page_is_whole(page: Page) -> None:
    assert page.headings[: len(HEADINGS)] == HEADINGS
    assert [link for link in page.links if not link.exists()] == []


@every_page
def test_a_page_of_an_alert_has_a_look_and_is_in_the_index(page: Page) -> None:
    names = {alert.name for alert in alerts() if alert.runbook == page.path}
    if not names:
        return
    # A page may also be for an alert that has a page of its own: where to go on.
    assert names <= page.alerts <= {alert.name for alert in alerts()}
    assert page.path.stem in {kebab(name) for name in page.alerts}
    assert page.commands
    assert page.path in index().links


@every_page
def test_a_page_asks_for_metrics_that_exist(page: Page) -> None:
    names = {name for question in page.questions for name in metric_names(question)}
    assert sorted(name for name in names if not known(name)) == []


@every_page
def test_a_page_names_commands_that_exist(page: Page) -> None:
    known_commands = {group.name for group in operator_app.registered_groups}
    assert set(re.findall(r"ab operator ([a-z][a-z-]*)", page.text)) <= known_commands


def test_the_index_leads_somewhere() -> None:
    assert [link for link in index().links if not link.exists()] == []
