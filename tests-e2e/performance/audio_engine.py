"""``python -m performance.audio_engine cold|store|warm LIST TARGET``: the engine, nothing around.

``cold`` prepares every raw read of the list and splices them, ``store`` writes the prepared
reads into a folder, ``warm`` loads and splices them: each in one thread.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ab_stitching.adapters.engine import prepare_read, render_track
from ab_stitching.domain.read_codec import dump_read, load_read


def cold(listing: list[Path], target: Path) -> None:
    render_track([prepare_read(path.read_bytes()) for path in listing], target)


def store(listing: list[Path], target: Path) -> None:
    for place, path in enumerate(listing):
        (target / f"{place:03d}.abpr").write_bytes(dump_read(prepare_read(path.read_bytes())))


def warm(listing: list[Path], target: Path) -> None:
    render_track([load_read(path.read_bytes()) for path in listing], target)


if __name__ == "__main__":
    WAYS = {"cold": cold, "store": store, "warm": warm}
    WAYS[sys.argv[1]](list(map(Path, Path(sys.argv[2]).read_text().split())), Path(sys.argv[3]))
