"""All figures of observability by one run of its tests.

``PYTHONPATH=tests-e2e .venv/bin/python -m observability.figures`` starts a stack, drives traffic
through it and asks it everything; one JSON object comes last.
"""

from __future__ import annotations

import json
import os
import sys
import time

import pytest
import yaml
from observability.alert_rules import ROOT, TESTS, rule_tests
from observability.conftest import VARIABLE
from observability.kept import KEPT

PLACES = ("tests-e2e/observability", "deploy/prometheus/tests")


def main() -> int:
    """Returns what pytest does."""
    os.environ.setdefault(VARIABLE, "1")
    os.chdir(ROOT)
    began = time.monotonic()
    code = pytest.main(["-q", "-p", "no:cacheprovider", "--durations=12", *PLACES, *sys.argv[1:]])
    KEPT["rule_tests"] = {
        file.name: len(yaml.safe_load(file.read_text())["tests"])
        for file in sorted({*rule_tests(), *TESTS.glob("recording*.yml")})
    }
    KEPT["passed"] = code == pytest.ExitCode.OK
    KEPT["minutes"] = round((time.monotonic() - began) / 60, 1)
    sys.stdout.write(json.dumps(KEPT) + "\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
