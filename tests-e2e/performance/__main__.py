"""``python -m performance``: the main job measured on its own stack; one JSON object at the end."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from performance.main_job import measure
from performance.stack import OwnStack

STATE = Path(".local/bench")


def main() -> int:
    """Starts a stack of its own, measures, stops it; progress goes to standard error."""
    with OwnStack(STATE) as stack:
        figures = asyncio.run(measure(stack.description))
        figures["idle_pss_mib"] = stack.idle_pss_mib(after_seconds=60)
        figures["warm_start_s"] = stack.restart()
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
