"""promtool and amtool, which work rules and routes out without a server."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ab_local.observe_packages import alertmanager, promtool

MOST_SECONDS = 100


def run_promtool(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs it in a folder and returns what it said."""
    return _run(promtool(), *arguments, folder=folder)


def run_amtool(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The same with the tool that comes with Alertmanager and lies beside it."""
    return _run(alertmanager().parent / "amtool", *arguments, folder=folder)


def _run(program: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *arguments],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=MOST_SECONDS,
    )
