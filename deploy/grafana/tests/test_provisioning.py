"""Grafana comes up shut, asks nobody outside, and joins numbers, traces and logs."""

from __future__ import annotations

import io
import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ab_shared.runtime import logs
from ab_shared.runtime.telemetry import exemplar
from opentelemetry.sdk.trace import TracerProvider

GRAFANA = Path(__file__).resolve().parents[1]


@pytest.fixture
def sources() -> dict[str, dict[str, Any]]:
    file = GRAFANA / "provisioning/datasources/affirmation-beats.yml"
    return {source["uid"]: source for source in yaml.safe_load(file.read_text())["datasources"]}


def settings() -> dict[str, str]:
    lines = (GRAFANA / "grafana.env").read_text().splitlines()
    rows = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value for name, _, value in rows}


def test_the_data_sources_have_the_names_that_dashboards_use(
    sources: dict[str, dict[str, Any]],
) -> None:
    assert {uid: source["type"] for uid, source in sources.items()} == {
        name: name for name in ("prometheus", "alertmanager", "tempo", "loki")
    }


def test_what_leads_from_one_source_to_another_names_one_that_is_there(
    sources: dict[str, dict[str, Any]],
) -> None:
    named = re.findall(r"(?:datasource|alertmanager)Uid'?: '?(\w+)", str(list(sources.values())))
    assert {"tempo", "loki", "prometheus", "alertmanager"} == set(named)


def test_the_label_of_exemplars_is_the_one_that_processes_write(
    sources: dict[str, dict[str, Any]],
) -> None:
    (destination,) = sources["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    with TracerProvider().get_tracer("test").start_as_current_span("one"):
        assert destination["name"] in (exemplar() or {})


def test_the_trace_is_found_in_a_line_of_the_log(sources: dict[str, dict[str, Any]]) -> None:
    (field,) = sources["loki"]["jsonData"]["derivedFields"]
    stream = io.StringIO()
    logger = logs.configure("test-of-grafana", "INFO", stream)
    try:
        with TracerProvider().get_tracer("test").start_as_current_span("one"):
            logger.info("a line")
    finally:
        logging.getLogger().handlers.clear()
    line = stream.getvalue()
    found = re.search(field["matcherRegex"], line)
    assert found is not None
    assert found.group(1) == json.loads(line)["trace_id"]
    # One dollar is for Grafana's templates, so it takes two where its environment is read.
    assert field["url"].startswith("$${")


def test_dashboards_are_read_from_where_the_first_one_is_shown_from() -> None:
    file = GRAFANA / "provisioning/dashboards/affirmation-beats.yml"
    (provider,) = yaml.safe_load(file.read_text())["providers"]
    folder = provider["options"]["path"]
    assert settings()["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == f"{folder}/overview.json"
    assert not provider["allowUiUpdates"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GF_AUTH_ANONYMOUS_ENABLED", "false"),
        ("GF_USERS_ALLOW_SIGN_UP", "false"),
        ("GF_ANALYTICS_REPORTING_ENABLED", "false"),
        ("GF_ANALYTICS_CHECK_FOR_UPDATES", "false"),
        ("GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES", "false"),
        ("GF_NEWS_NEWS_FEED_ENABLED", "false"),
        ("GF_PLUGINS_PREINSTALL_DISABLED", "true"),
        ("GF_SECURITY_DISABLE_GRAVATAR", "true"),
        ("GF_SNAPSHOTS_EXTERNAL_ENABLED", "false"),
    ],
)
def test_it_is_shut_and_asks_nobody_outside(name: str, value: str) -> None:
    assert settings()[name] == value


def test_no_secret_is_in_these_files() -> None:
    names = [name for name in settings() if re.search("PASSWORD|SECRET|TOKEN|_KEY$", name)]
    assert names == []
