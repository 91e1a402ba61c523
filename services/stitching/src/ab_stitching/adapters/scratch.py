"""Folders for files in the making, and what a process that was killed left of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

_PREFIX = "ab-scratch-"
# No sound takes an hour to make; other processes of this machine may be at work right now.
ABANDONED_SECONDS = 6 * 3600.0


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that is gone after the block."""
    with TemporaryDirectory(prefix=_PREFIX) as name:
        yield Path(name)


def sweep_scratch(now: float | None = None) -> int:
    """Removes folders that nobody has touched for six hours; how many there were."""
    before = (time.time() if now is None else now) - ABANDONED_SECONDS
    swept = 0
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        try:
            abandoned = folder.stat().st_mtime < before
        except OSError:  # another process was quicker
            continue
        if abandoned:
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept
