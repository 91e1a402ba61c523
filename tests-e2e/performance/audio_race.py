"""The race: our engine, the encoder alone, the old way and pydub, in turn, several times."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from audio.boxes import read_movie

from performance import audio_old
from performance.audio_inputs import ffmpeg
from performance.stack import say

ROUNDS = 5
SLOW_ROUNDS = 3
LENGTHS_DIFFER = 0.05


@dataclass(frozen=True, slots=True)
class Effort:
    """What a way took: seconds on the wall, and of all processors together."""

    wall: float
    processor: float


def alternate(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Effort]:
    """Medians of each way; taking turns lets a slow minute of the machine hit them all."""
    taken: dict[str, list[Effort]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(_effort(way))
    for name, efforts in taken.items():
        say(f"  {name}: " + " ".join(f"{one.wall:.3f}" for one in efforts) + " s")
    return {
        name: Effort(median(one.wall for one in efforts), median(one.processor for one in efforts))
        for name, efforts in taken.items()
    }


def _effort(way: Callable[[], object]) -> Effort:
    """Every way works in processes of its own, which are waited for."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    way()
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return Effort(wall, user + system)


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
    cold = {"stitch_cold": lambda: _python("audio_engine", "cold", raw, ours)}
    quick: dict[str, Callable[[], object]] = cold | {
        "encode": lambda: ffmpeg("-i", str(pcm), *aac, str(folder / "encoded.m4a")),
        "stitch_warm": lambda: _python("audio_engine", "warm", stored, folder / "warm.m4a"),
    }
    slow: dict[str, Callable[[], object]] = cold | {
        "old": lambda: audio_old.stitch(reads, folder, folder / "old.m4a"),
        "pydub": lambda: _python("audio_pydub", raw, folder / "pydub.m4a"),
    }
    say(f"against the encoder alone, over {len(reads)} reads")
    sprint = alternate(quick, ROUNDS)
    say("against the old way and pydub")
    marathon = alternate(slow, SLOW_ROUNDS)
    _assert_same_track(
        ours, *(folder / f"{name}.m4a" for name in ("warm", "encoded", "old", "pydub"))
    )
    return _figures(sprint, marathon)


def _assert_same_track(ours: Path, *others: Path) -> None:
    """Nobody wins by doing less; the others leave in the silence around each read."""
    length = read_movie(ours).media_samples
    for other in others:
        assert abs(read_movie(other).media_samples / length - 1) < LENGTHS_DIFFER, other


def _figures(sprint: Mapping[str, Effort], marathon: Mapping[str, Effort]) -> dict[str, float]:
    """Ratios on the wall, and under ``_processor`` those of processor time (all cores)."""
    ratios = {
        "stitch_cold_over_encode": (sprint["stitch_cold"], sprint["encode"]),
        "stitch_warm_over_encode": (sprint["stitch_warm"], sprint["encode"]),
        "old_over_stitch_cold": (marathon["old"], marathon["stitch_cold"]),
        "pydub_over_stitch_cold": (marathon["pydub"], marathon["stitch_cold"]),
    }
    return {
        **{name: one.wall / other.wall for name, (one, other) in ratios.items()},
        **{f"{name}_s": effort.wall for name, effort in {**marathon, **sprint}.items()},
        **{
            f"{name}_processor": one.processor / other.processor
            for name, (one, other) in ratios.items()
        },
    }


def _listing(target: Path, files: Sequence[Path]) -> Path:
    target.write_text("\n".join(str(file.resolve()) for file in files))
    return target


def _python(module: str, *arguments: object) -> None:
    command = [sys.executable, "-m", f"performance.{module}", *map(str, arguments)]
    subprocess.run(command, check=True)
