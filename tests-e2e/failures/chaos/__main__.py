"""``python -m failures.chaos --seed 1 --jobs 200``: breaks a stack of its own while it works."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from failures.chaos.run import rounds_for, run, say
from failures.chaos.verdict import passed

STATE = Path(".local/chaos")


def main() -> int:
    """Prints one JSON object; 1 when anything was lost, doubled, stuck or out of balance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--state", type=Path, default=STATE, help="folder of the stack")
    parser.add_argument("--rounds", type=int, default=0, help="of faults (one for 12 jobs)")
    given = parser.parse_args()
    rounds = given.rounds or rounds_for(given.jobs)
    figures = asyncio.run(run(given.seed, given.jobs, rounds, given.state.resolve()))
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    if passed(figures):
        return 0
    say(f"FAILED. Again: make chaos SEED={given.seed} N={given.jobs}. Logs: {given.state}/log")
    return 1


if __name__ == "__main__":
    sys.exit(main())
