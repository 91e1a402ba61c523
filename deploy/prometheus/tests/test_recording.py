"""The recording rules and both configurations, held against the programs that will read them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from ab_local.hurrying import hurried
from ab_local.parts.observers import silent
from ab_local.services import SERVICES
from observability.promtool import run_promtool

HERE = Path(__file__).resolve().parents[1]
RULES = HERE / "rules"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """promtool's answer."""
    return run_promtool(*map(str, arguments), folder=HERE)


def test_recording_rules_say_what_they_should() -> None:
    done = run("test", "rules", HERE / "tests/recording_test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_in_a_hurry_are_valid_too(tmp_path: Path) -> None:
    paths = []
    for source in sorted(RULES.glob("**/*.yml")):
        paths.append(tmp_path / source.name)
        paths[-1].write_text(hurried(source.read_text(), 60, 4))
    done = run("check", "rules", *paths)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_is_valid_and_scrapes_every_service() -> None:
    done = run("check", "config", "--syntax-only", HERE / "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    text = (HERE / "prometheus.yml").read_text()
    jobs = set(re.findall(r"job_name: (\S+)", text))
    others = {"watch", "rabbitmq", "rabbitmq-queues", "prometheus", "alertmanager"}
    assert jobs == {*(service.name for service in SERVICES), *others}


@pytest.mark.parametrize("severity", ["page", "ticket"])
def test_who_is_told_reads_an_address_that_is_not_in_the_repository(severity: str) -> None:
    text = (HERE / "alertmanager.yml").read_text()
    assert f"api_url_file: /run/secrets/alert_{severity}_url" in text
    assert not re.search(r"https?://", text)


def test_the_local_stack_keeps_the_routes_and_tells_nobody() -> None:
    text = silent((HERE / "alertmanager.yml").read_text())
    assert text.count("- name: ") == 2
    assert "receiver: page" in text
    assert "inhibit_rules" in text
    assert "slack" not in text
