"""Fails when a generated file isn't what its generator prints; ``--write`` brings it up to date."""

from __future__ import annotations

import argparse
import difflib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN_LINES = 20
# Each generator is run as `python ...` in the root and prints the whole file.
GENERATORS = {
    ".env.example": ["deploy/house/env_example.py"],
    "deploy/rabbitmq/definitions.json": ["-m", "ab_shared.messaging", "definitions"],
    "deploy/rabbitmq/permissions.json": ["-m", "ab_shared.messaging", "permissions"],
    "deploy/rabbitmq/asyncapi.json": ["-m", "ab_shared.messaging", "asyncapi"],
    "deploy/prometheus/metrics.md": ["deploy/house/metrics_md.py"],
    "deploy/kubernetes/base/prometheus-rules.yaml": ["deploy/house/prometheus_rule.py"],
    **{
        f"deploy/grafana/dashboards/{name}.json": ["-m", "deploy.grafana.boards", name]
        for name in ("overview", "renders", "queues", "vendors", "gateway", "business")
    },
    "deploy/grafana/panels.md": ["-m", "deploy.grafana.boards", "panels"],
    "services/gateway/openapi.json": ["deploy/house/openapi.py"],
}


def generate(arguments: list[str]) -> str:
    """Returns what a generator prints; its failure ends the check."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def difference(path: str, fresh: str) -> list[str]:
    """Returns the first lines of a diff, none when the file is up to date."""
    file = ROOT / path
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    rows = difflib.unified_diff(old.splitlines(), fresh.splitlines(), path, "fresh", lineterm="")
    return list(rows)[:SHOWN_LINES]


def main() -> int:
    """Returns 1 when a file is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the files anew")
    write = parser.parse_args().write
    stale = 0
    for path, arguments in GENERATORS.items():
        fresh = generate(arguments)
        if write:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(fresh, encoding="utf-8")
        elif rows := difference(path, fresh):
            stale += 1
            print("\n".join([f"{path} is stale; bring it up to date: make generate", *rows]))
    print(f"{len(GENERATORS)} generated files, {stale} stale")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
