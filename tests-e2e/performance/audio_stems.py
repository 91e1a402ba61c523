"""``python -m performance.audio_stems STEM``: how long one stem takes in a fresh process."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from ab_shared.contracts.stems import STEMS, stem_with_id
from ab_stitching.adapters.stem_engine import render_stem

from performance.stack import say


def worst_stem_seconds() -> float:
    """The slowest of all stems; each is made by a process of its own, start-up not counted."""
    taken: dict[str, float] = {}
    for stem in STEMS:
        command = [sys.executable, "-m", "performance.audio_stems", stem.stem_id]
        made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        taken[stem.stem_id] = float(made.stdout)
    for stem_id, seconds in sorted(taken.items(), key=lambda item: -item[1]):
        say(f"  {seconds:6.2f} s  {stem_id}")
    return max(taken.values())


def main(stem_id: str) -> None:
    """Makes the stem and tells the seconds."""
    stem = stem_with_id(stem_id)
    assert stem is not None, stem_id
    with TemporaryDirectory(prefix="ab-bench-") as folder:
        started = time.perf_counter()
        render_stem(stem, Path(folder) / "stem.m4a")
        sys.stdout.write(f"{time.perf_counter() - started}\n")


if __name__ == "__main__":
    main(sys.argv[1])
