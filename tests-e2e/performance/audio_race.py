"""The race: our engine, the encoder alone, the old way and pydub, in turn, several times."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from performance import audio_old
from performance.audio_inputs import ffmpeg
from performance.stack import say

ROUNDS = 3


def alternate(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each way; taking turns lets a slow minute of the machine hit them all."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - started)
    for name, seconds in taken.items():
        say(f"  {name}: " + " ".join(f"{one:.3f}" for one in seconds) + " s")
    return {name: median(seconds) for name, seconds in taken.items()}


def race(reads: Sequence[Path], folder: Path) -> dict[str, float]:
    """Ratios over the same reads; every way starts from files and ends with an ``.m4a``."""
    raw, kept = _listing(folder / "raw.txt", reads), folder / "prepared"
    kept.mkdir()
    ours, pcm = folder / "ours.m4a", folder / "finished.wav"
    _python("audio_engine", "store", raw, kept)
    stored = _listing(folder / "prepared.txt", sorted(kept.iterdir()))
    _python("audio_engine", "cold", raw, ours)
    ffmpeg("-i", str(ours), "-c:a", "pcm_s16le", str(pcm))
    aac = ("-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart")
    ways: dict[str, Callable[[], object]] = {
        "encode": lambda: ffmpeg("-i", str(pcm), *aac, str(folder / "encoded.m4a")),
        "stitch_cold": lambda: _python("audio_engine", "cold", raw, ours),
        "stitch_warm": lambda: _python("audio_engine", "warm", stored, folder / "warm.m4a"),
        "old": lambda: audio_old.stitch(reads, folder, folder / "old.m4a"),
        "pydub": lambda: _python("audio_pydub", raw, folder / "pydub.m4a"),
    }
    say(f"racing over {len(reads)} reads, {ROUNDS} rounds")
    taken = alternate(ways, ROUNDS)
    cold, encode = taken["stitch_cold"], taken["encode"]
    return {
        "stitch_cold_over_encode": cold / encode,
        "old_over_stitch_cold": taken["old"] / cold,
        "pydub_over_stitch_cold": taken["pydub"] / cold,
        "stitch_warm_over_encode": taken["stitch_warm"] / encode,
        **{f"{name}_s": seconds for name, seconds in taken.items()},
    }


def _listing(target: Path, files: Sequence[Path]) -> Path:
    target.write_text("\n".join(str(file.resolve()) for file in files))
    return target


def _python(module: str, *arguments: object) -> None:
    command = [sys.executable, "-m", f"performance.{module}", *map(str, arguments)]
    subprocess.run(command, check=True)
