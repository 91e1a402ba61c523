"""promtool, which works rules out without a server."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ab_local.observe_packages import promtool

MOST_SECONDS = 100


def run_promtool(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs it in a folder and returns what it said."""
    return subprocess.run(
        [str(promtool()), *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
    )
