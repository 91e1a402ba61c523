"""``make check-api``: every operation of a stack of its own, tried by what the document says."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from performance.stack import OwnStack

from contract.trial import PHASES, Trial

# Enough sessions to follow every link, few enough for two cores to speak.
GENERATIONS = "60"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when nothing failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a running gateway; default: a stack of its own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=20, help="cases for each operation")
    parser.add_argument("--phases", nargs="+", choices=PHASES, default=PHASES)
    parser.add_argument("--paths", help="a regular expression: only these paths")
    wanted = parser.parse_args(arguments)
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="ab-contract-")))
        url = wanted.url
        if url is None:
            os.environ["FREE_DAILY_GENERATIONS"] = GENERATIONS
            stack = held.enter_context(OwnStack(folder / "stack"))
            url = stack.description["gateway_url"]
        trial = Trial(url, wanted.seed, wanted.examples, tuple(wanted.phases), wanted.paths)
        figures = trial.run(folder)
    sys.stdout.write(json.dumps(figures) + "\n")
    return 1 if figures["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
