"""``python -m attacks``: fires the whole list over real sockets and prints one JSON object.

Starts a stack of its own, or takes the one that ``--stack`` (a stack.json) names. Exit code 1
when anything was not refused.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from performance.stack import OwnStack

from attacks.run import all_attacks, fire_all


def main() -> int:
    """Returns 1 when anything was not refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", type=Path, help="stack.json of a running stack")
    parser.add_argument("--only", default="", help="attacks whose name holds this")
    given = parser.parse_args()
    if given.stack:
        return run(json.loads(given.stack.read_text()), given.only)
    with tempfile.TemporaryDirectory(prefix="ab-attacks-") as folder:
        # Postgres runs as another user, who has to pass through.
        Path(folder).chmod(0o711)
        with OwnStack(Path(folder) / "stack") as own:
            return run(own.description, given.only)


def run(stack: dict[str, Any], only: str) -> int:
    """Fires, prints, and says how it went."""
    attacks = [one for one in all_attacks() if only in one.name]
    tally = asyncio.run(fire_all(stack, attacks))
    sys.stdout.write(json.dumps(tally.told(), indent=1, ensure_ascii=False) + "\n")
    return 1 if tally.not_refused else 0


if __name__ == "__main__":
    sys.exit(main())
