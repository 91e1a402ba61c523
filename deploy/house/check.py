"""Runs every static check in turn and stops at the first that fails, naming it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
STEPS = {
    "lint": ["ruff", "check", "--quiet", "."],
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "types": ["mypy"],
    "layers": ["lint-imports"],
    "budgets": ["python", "deploy/house/budgets.py"],
    "generated files": ["python", "deploy/house/generated.py"],
    "clients": ["python", "deploy/house/api_breaks.py"],
}


def main() -> int:
    """Returns 0 when all passed."""
    for name, command in STEPS.items():
        began = time.monotonic()
        print(f"== {name}", flush=True)
        program = str(BIN / command[0])
        done = subprocess.run([program, *command[1:]], cwd=ROOT, check=False)
        if done.returncode != 0:
            print(f"== {name} failed: {' '.join(command)}")
            return 1
        print(f"== {name} passed in {time.monotonic() - began:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
