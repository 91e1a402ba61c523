"""Prints the rules of deploy/prometheus as the Prometheus Operator takes them, file by file."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

RULES = Path(__file__).resolve().parents[1] / "prometheus" / "rules"
TITLE = "# Made of deploy/prometheus/rules by `make generate`; edit those.\n"


def resource(path: Path) -> dict[str, object]:
    """One file of rules, under a name made of its path."""
    name = "-".join(path.relative_to(RULES).with_suffix("").parts).replace("_", "-")
    groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": name},
        "spec": {"groups": groups},
    }


def main() -> None:
    """Prints all of them, in the order of their paths."""
    documents = [resource(path) for path in sorted(RULES.rglob("*.yml"))]
    text = yaml.safe_dump_all(documents, sort_keys=False, width=1000, allow_unicode=True)
    sys.stdout.write(TITLE + text)


if __name__ == "__main__":
    main()
