"""``python -m ab_stitching.entrypoints.draw_beds FOLDER [STEM ...]``: pictures of the backgrounds.

Makes each background as it is published, draws it into ``FOLDER``, and prints one JSON object
with what was measured on it, the bounds it breaks (none, or something is wrong), and its cost.
"""

from __future__ import annotations

import dataclasses
import json
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from ab_shared.contracts.stems import Stem, StemKind, stem_with_id, stems_of

from ab_stitching.adapters.bed_picture import draw_bed
from ab_stitching.adapters.stem_engine import render_stem
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.stems.catalogue import profile_of
from ab_stitching.domain.stems.character import character_of
from ab_stitching.domain.stems.targets import TARGETS

Facts = dict[str, object]


def main(arguments: list[str]) -> int:
    """Exit code 1 when a background breaks its target."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    named = [stem_with_id(name) for name in arguments[1:]]
    beds = [stem for stem in named if stem] or list(stems_of(StemKind.BACKGROUND))
    with TemporaryDirectory(prefix="ab-beds-") as scratch:
        found = {stem.stem_id: _draw(stem, folder, Path(scratch)) for stem in beds}
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return int(any(facts["broken"] for facts in found.values()))


def _draw(stem: Stem, folder: Path, scratch: Path) -> Facts:
    started, before = time.perf_counter(), time.process_time()
    made = render_stem(stem, scratch / stem.file_name)
    spent = {"wall_s": time.perf_counter() - started, "cpu_s": time.process_time() - before}
    # Of the process so far: name one stem for a figure of its own.
    spent["peak_rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    heard = _decoded(made.path)
    (folder / f"{stem.stem_id}.png").write_bytes(draw_bed(heard, profile_of(stem).target_lufs))
    character = character_of(heard)
    return {
        "character": _rounded(dataclasses.asdict(character)),
        "broken": TARGETS[stem.stem_id].broken_by(character),
        "lufs": round(made.lufs, 2),
        "true_peak_db": round(made.true_peak_db, 1),
        "seam_risk_score": round(made.seam_risk_score, 2),
        "needs_runtime_crossfade": made.needs_runtime_crossfade,
        "bytes": made.size,
        "made_in": _rounded(spent),
    }


def _decoded(path: Path) -> Pcm:
    with av.open(str(path)) as container:
        pieces = [frame.to_ndarray() for frame in container.decode(audio=0)]
    heard: Pcm = np.concatenate(pieces, axis=1).astype(np.float32, copy=False)
    return heard


def _rounded(values: dict[str, float]) -> dict[str, object]:
    return {name: np.round(value, 2).tolist() for name, value in values.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
