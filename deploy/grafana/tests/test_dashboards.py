"""Every dashboard is valid by Grafana's own types, says what it shows, and leads somewhere."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
import pytest
import yaml
from observability.panels import dashboards, filled_in, panels_of, queries
from observability.promql import metric_names

ROOT = Path(__file__).resolve().parents[3]
GRAFANA = ROOT / "deploy/grafana"
RUNBOOKS = "https://github.com/affirmation-beats/affirmation-beats/blob/main/"
SCHEMA = jsonschema_rs.validator_for(
    json.loads((GRAFANA / "schema/dashboard.schema.json").read_text())
)
BOARDS = dashboards()
COLUMNS = 24
# Of RabbitMQ's own lists (rabbitmq_prometheus, metrics.md and /metrics/detailed), what is drawn.
OF_RABBITMQ = {
    "rabbitmq_detailed_queue_messages_ready",
    "rabbitmq_detailed_queue_messages_unacked",
    "rabbitmq_detailed_queue_consumers",
    "rabbitmq_process_resident_memory_bytes",
    "rabbitmq_resident_memory_limit_bytes",
    "rabbitmq_disk_space_available_bytes",
    "rabbitmq_disk_space_available_limit_bytes",
    "rabbitmq_connections",
    "rabbitmq_channels",
}
# Of Prometheus itself and of the client library in every process.
OF_ALL = {
    *("up", "ALERTS", "process_cpu_seconds_total", "process_resident_memory_bytes"),
    *("process_open_fds", "process_max_fds", "process_start_time_seconds"),
}


def every_panel() -> list[Any]:
    return [
        pytest.param(panel, id=f"{name}: {panel['title']}")
        for name, board in BOARDS.items()
        for panel in panels_of(board)
    ]


def known_metrics() -> set[str]:
    catalogue = (ROOT / "deploy/prometheus/metrics.md").read_text()
    rows = re.findall(r"^\| `([a-z_]+)` \| (\w+)", catalogue, re.MULTILINE)
    watch = (ROOT / "libs/operator/src/ab_operator/watching/metrics.py").read_text()
    rules = [path.read_text() for path in (ROOT / "deploy/prometheus/rules").rglob("*.yml")]
    ends = {"histogram": ("_bucket", "_sum", "_count")}
    return {
        *(f"{name}{end}" for name, kind in rows for end in ends.get(kind, ("",))),
        *re.findall(r'"(ab_[a-z_]+)"', watch),
        *(name for text in rules for name in re.findall(r"record: (\S+)", text)),
        *OF_RABBITMQ,
        *OF_ALL,
    }


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_is_valid_by_grafanas_types(name: str) -> None:
    faults = [f"{e.instance_path}: {e.message}" for e in SCHEMA.iter_errors(BOARDS[name])]
    assert not faults


def test_the_six_dashboards_are_there_under_the_names_that_alerts_use() -> None:
    assert {board["uid"] for board in BOARDS.values()} == {
        *("ab-overview", "ab-renders", "ab-queues", "ab-vendors", "ab-gateway", "ab-business")
    }


def first(board: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(panel for panel in board["panels"] if panel["type"] == kind)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda board: first(board, "timeseries")["options"]["legend"].update(displayMode="cloud"),
        lambda board: first(board, "timeseries")["fieldConfig"]["defaults"]["custom"].update(
            drawStyle="curly"
        ),
        lambda board: first(board, "timeseries")["fieldConfig"]["defaults"].update(unitt="s"),
        lambda board: first(board, "stat").update(type="singlestat"),
        lambda board: first(board, "stat").pop("description"),
        lambda board: first(board, "stat")["targets"][0].pop("expr"),
        lambda board: first(board, "stat")["options"].update(graphMode="lots"),
        lambda board: first(board, "table")["options"].update(cellHeight="huge"),
        lambda board: first(board, "row").pop("collapsed"),
        lambda board: board["templating"]["list"][0].update(type="question"),
        lambda board: board.update(schemaVersion="42"),
    ],
)
def test_the_schema_refuses_what_grafana_would_not_understand(
    spoil: Callable[[dict[str, Any]], object],
) -> None:
    board = copy.deepcopy(BOARDS["overview"])
    spoil(board)
    assert not SCHEMA.is_valid(board)


@pytest.mark.parametrize("name", BOARDS)
def test_ids_are_unique_and_nothing_lies_on_anything_else(name: str) -> None:
    panels = BOARDS[name]["panels"]
    ids = [panel["id"] for panel in panels]
    assert len(set(ids)) == len(ids)
    for place in (panel["gridPos"] for panel in panels):
        assert place["x"] >= 0
        assert place["x"] + place["w"] <= COLUMNS
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below


@pytest.mark.parametrize("name", BOARDS)
def test_no_two_panels_of_a_dashboard_have_one_title(name: str) -> None:
    titles = [panel["title"] for panel in panels_of(BOARDS[name])]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("panel", every_panel())
def test_a_panel_says_what_it_shows_and_where_its_runbook_is(panel: dict[str, Any]) -> None:
    shown, good, otherwise = panel["description"].split("\n\n")
    assert len(shown) > 20
    assert good.startswith("**Good:** ")
    assert otherwise.startswith("**Otherwise:** ")
    pages = [link["url"] for link in panel["links"] if link["title"] == "Runbook"]
    assert len(pages) == 1
    assert (ROOT / pages[0].removeprefix(RUNBOOKS)).is_file()


@pytest.mark.parametrize("panel", every_panel())
def test_a_panel_asks_the_provisioned_prometheus(panel: dict[str, Any]) -> None:
    sources = {source["uid"]: source["type"] for source in provisioned()}
    asked = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
    assert all(sources[one["uid"]] == one["type"] for one in asked)
    refs = [target["refId"] for target in panel["targets"]]
    assert refs
    assert len(set(refs)) == len(refs)


@pytest.mark.parametrize("panel", every_panel())
def test_links_of_series_open_queries_of_provisioned_sources(panel: dict[str, Any]) -> None:
    sources = {source["uid"]: source["type"] for source in provisioned()}
    for link in panel["fieldConfig"]["defaults"]["links"]:
        address = urlsplit(link["url"])
        if address.path != "/explore":
            assert address.path.startswith("/alerting/")
            continue
        pane = json.loads(parse_qs(address.query)["panes"][0])["a"]
        assert pane["datasource"] in sources
        (asked,) = pane["queries"]
        assert sources[pane["datasource"]] == asked["datasource"]["type"]
        assert asked.get("query") or asked.get("expr")


@pytest.mark.parametrize("panel", every_panel())
def test_links_to_dashboards_name_one_that_is_there(panel: dict[str, Any]) -> None:
    uids = {board["uid"] for board in BOARDS.values()}
    to_boards = [link["url"] for link in panel["links"] if link["url"].startswith("/d/")]
    assert {url.removeprefix("/d/") for url in to_boards} <= uids


def test_every_metric_that_is_drawn_exists() -> None:
    known = known_metrics()
    strange = {
        f"{name} ({query.name})"
        for query in queries()
        for name in metric_names(filled_in(query.expr, {}, 15, 3600).replace("$", "x"))
        if name not in known
    }
    assert not strange


def test_every_variable_in_a_query_is_one_of_its_dashboard() -> None:
    for board in BOARDS.values():
        offered = {one["name"] for one in board["templating"]["list"]}
        for panel in panels_of(board):
            for target in panel["targets"]:
                # ${1} stands for a group of a regular expression.
                used = set(re.findall(r"\$\{?([a-z_]+)", target["expr"]))
                assert used <= offered | {"__rate_interval", "__range"}, panel["title"]


def test_latency_panels_show_the_traces_behind_them() -> None:
    exemplars = {
        name
        for query in queries()
        if query.exemplars
        for name in metric_names(filled_in(query.expr, {}, 15, 3600).replace("$", "x"))
    }
    assert {
        "http_server_request_duration_seconds_bucket",
        "ab_message_handling_seconds_bucket",
        "ab_job_seconds_bucket",
        "ab_vendor_call_seconds_bucket",
    } <= exemplars


def test_every_alert_leads_to_a_panel_that_is_there() -> None:
    panels = {
        f"/d/{board['uid']}?viewPanel={panel['id']}"
        for board in BOARDS.values()
        for panel in panels_of(board)
    }
    rules = [
        rule
        for path in sorted((ROOT / "deploy/prometheus/rules").rglob("*.yml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    assert rules
    lost = {rule["alert"] for rule in rules if rule["annotations"]["dashboard"] not in panels}
    assert not lost


def provisioned() -> list[dict[str, Any]]:
    file = GRAFANA / "provisioning/datasources/affirmation-beats.yml"
    found: list[dict[str, Any]] = yaml.safe_load(file.read_text())["datasources"]
    return found
