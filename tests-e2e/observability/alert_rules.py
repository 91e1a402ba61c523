"""The alert rules and what is said about them, as the tests read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules"
TESTS = ROOT / "deploy" / "prometheus" / "tests"
RUNBOOKS = ROOT / "deploy" / "runbooks"
RUNBOOK_URLS = "https://github.com/affirmation-beats/affirmation-beats/blob/main/deploy/runbooks/"
TEMPLATE = "{{"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alerting rule; an alert has one or more of them (a ticket first, then a page)."""

    file: str
    name: str
    expression: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def fixed_labels(self) -> dict[str, str]:
        """Those that are no templates: what tells this rule from others of its name."""
        return {name: value for name, value in self.labels.items() if TEMPLATE not in value}

    @property
    def runbook(self) -> Path:
        """The page it names."""
        return RUNBOOKS / self.annotations["runbook_url"].removeprefix(RUNBOOK_URLS)

    def __str__(self) -> str:
        told_apart = (v for k, v in self.fixed_labels.items() if k != "service")
        return "-".join((self.name, *told_apart))


@cache
def alerts() -> tuple[Alert, ...]:
    """Every alerting rule."""
    return tuple(
        Alert(file.name, rule["alert"], rule["expr"], rule["labels"], rule["annotations"])
        for file, rule in _rules()
        if "alert" in rule
    )


def recorded() -> dict[str, str]:
    """Every recording rule: name and one expression of it."""
    return {rule["record"]: rule["expr"] for _, rule in _rules() if "record" in rule}


def rule_files() -> list[Path]:
    """All files of rules."""
    return sorted(RULES.rglob("*.yml"))


def rule_tests() -> list[Path]:
    """All files of promtool's tests that are about alerts."""
    return sorted(file for file in TESTS.glob("*.yml") if "alert_rule_test" in file.read_text())


def kebab(name: str) -> str:
    """``QueueAge`` as a page is named: ``queue-age``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


@cache
def _rules() -> list[tuple[Path, dict[str, Any]]]:
    return [
        (file, rule)
        for file in rule_files()
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]
