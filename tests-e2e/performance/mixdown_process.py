"""``python -m performance.mixdown_process FOLDER MINUTES``: one mixdown, then its peak memory."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from ab_stitching.adapters.mixdown_engine import SourceFile, SourceFiles, render_mixdown
from ab_stitching.domain.activity import Voice
from ab_stitching.domain.mixdown import FileFormat, Loudness, MixdownPlan, MixdownWatch, Volumes

LAYERS = ("voice.m4a", "brain.m4a", "background.m4a")
FACTS = "facts.json"


def plan(folder: Path, minutes: int, file_format: FileFormat) -> MixdownPlan:
    """A mixdown with the default mix, over the voice activity of the folder's track."""
    facts = json.loads((folder / FACTS).read_text())
    return MixdownPlan(
        title="Bench",
        minutes=minutes,
        format=file_format,
        fade_out=True,
        volumes=Volumes(1.0, 0.05, 0.3),
        loudness=Loudness(-20.0, -34.0, -32.0),
        segments=tuple(Voice(start, end) for start, end in facts["segments"]),
    )


def mix(folder: Path, wanted: MixdownPlan) -> None:
    """Mixes the folder's layers into a file beside them."""
    lengths = json.loads((folder / FACTS).read_text())["lengths"]
    sources = SourceFiles(*(SourceFile(folder / name, lengths[name]) for name in LAYERS))
    render_mixdown(wanted, sources, folder / f"mixed.{wanted.format}", MixdownWatch().note)


if __name__ == "__main__":
    mix(Path(sys.argv[1]), plan(Path(sys.argv[1]), int(sys.argv[2]), FileFormat.M4A))
    (KILOBYTES,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    sys.stdout.write(f"{int(KILOBYTES) / 1024}\n")
