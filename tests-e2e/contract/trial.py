"""One run of schemathesis for each of its phases, and what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("schemathesis")
PHASES = ("examples", "coverage", "fuzzing", "stateful")
REQUEST_SECONDS = 25


@dataclass(frozen=True)
class Trial:
    """What to try: ``examples`` cases for each operation at most, made from ``seed``."""

    url: str
    seed: int
    examples: int
    phases: tuple[str, ...] = PHASES
    paths: str | None = None

    def run(self, folder: Path) -> dict[str, Any]:
        """Cases and failures, altogether and by phase; what failed goes to standard error."""
        reports = {phase: self._phase(phase, folder) for phase in self.phases}
        operations = next(iter(reports.values()))["operations"]["selected"]
        return {
            "operations": operations,
            "cases": sum(_cases(report) for report in reports.values()),
            "failures": sum(_failures(report) + _errors(report) for report in reports.values()),
            "phases": {
                phase: {
                    "cases": _cases(report),
                    "failures": _failures(report),
                    "errors": _errors(report),
                    "seconds": round(report["running_time"], 1),
                }
                for phase, report in reports.items()
            },
            "seed": self.seed,
        }

    def _phase(self, phase: str, folder: Path) -> dict[str, Any]:
        report = folder / f"{phase}.json"
        command = [
            *(str(PROGRAM), "--config-file", str(HERE / "schemathesis.toml")),
            *("run", f"{self.url}/openapi.json", "--url", self.url),
            *("--phases", phase, "--checks", "all", "--seed", str(self.seed)),
            *("--max-examples", str(self.examples)),
            *("--request-timeout", str(REQUEST_SECONDS), "--no-color", "--continue-on-failure"),
            *("--generation-database", "none", "--suppress-health-check", "all"),
            *("--report", "json", "--report-json-path", str(report)),
            *(("--include-path-regex", self.paths) if self.paths else ()),
        ]
        paths = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
        told = {"SCHEMATHESIS_HOOKS": "contract.hooks", "AB_CONTRACT_URL": self.url}
        environment = {**os.environ, **told, "PYTHONPATH": paths}
        # Its pages go where progress goes: standard output is for the figures.
        done = subprocess.run(command, env=environment, cwd=folder, stdout=sys.stderr, check=False)
        if not report.exists():
            raise RuntimeError(f"schemathesis gave up with {done.returncode}")
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return found


def _cases(report: dict[str, Any]) -> int:
    return int(report["test_cases"]["generated"])


def _failures(report: dict[str, Any]) -> int:
    return int(report["test_cases"]["unique_failures"])


def _errors(report: dict[str, Any]) -> int:
    return sum(int(error["count"]) for error in report["errors"])
