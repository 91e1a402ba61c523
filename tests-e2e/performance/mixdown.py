"""How fast offline files are mixed beside encoding alone, and how much memory they take.

``PYTHONPATH=tests-e2e .venv/bin/python -m performance.mixdown`` prints one JSON object.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from ab_shared.contracts.stems import DEFAULT_BACKGROUND, binaural_stem
from ab_stitching.adapters.engine import prepare_read, render_track
from ab_stitching.adapters.mixdown_file import write_file
from ab_stitching.adapters.stem_engine import render_stem
from ab_stitching.domain.mixdown import FileFormat, MixdownPlan
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE

from performance.audio_inputs import reads
from performance.mixdown_process import FACTS, LAYERS, mix, plan
from performance.stack import say

LINES = 24
MINUTES = 15
ROUNDS = 2
MINUTE = 60 * SAMPLE_RATE
MEMORY_MINUTES = (5, 30, 120)
CHILD_SECONDS = 1800


def measure() -> dict[str, float]:
    """All figures, in some minutes; a ratio is taken within a round, the best round counts."""
    with TemporaryDirectory(prefix="ab-mixdown-bench-") as name:
        folder = Path(name)
        _make_layers(folder)
        figures: dict[str, float] = {}
        for file_format, suffix in ((FileFormat.M4A, ""), (FileFormat.MP3, "_mp3")):
            say(f"mixdown of {MINUTES} minutes, {file_format}, and its encoder alone")
            rounds = [_round(folder, file_format) for _ in range(ROUNDS)]
            best = min(mixed.wall for mixed, _ in rounds)
            figures[f"mixdown_x_realtime{suffix}"] = MINUTES * 60 / best
            ratios = [(mixed.wall / alone.wall, mixed.cpu / alone.cpu) for mixed, alone in rounds]
            figures[f"mixdown_over_encode{suffix}"] = min(wall for wall, _ in ratios)
            # What a busy machine does not change.
            figures[f"mixdown_over_encode_cpu{suffix}"] = min(cpu for _, cpu in ratios)
        for minutes in MEMORY_MINUTES:
            say(f"memory of a process that mixes {minutes} minutes")
            figures[f"mixdown_rss_mib_{minutes}min"] = _peak_mib(folder, minutes)
        return {key: round(value, 3) for key, value in figures.items()}


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds by the clock and of the processor."""

    wall: float
    cpu: float


def _round(folder: Path, file_format: FileFormat) -> tuple[Spent, Spent]:
    """What the whole mixdown takes, and the encoder alone on finished sound."""
    wanted = plan(folder, MINUTES, file_format)
    alone = folder / f"alone.{file_format}"
    whole = _spent(lambda: mix(folder, wanted))
    return whole, _spent(lambda: write_file(_finished(folder, wanted), wanted, alone))


def _spent(work: Callable[[], object]) -> Spent:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


def _finished(folder: Path, wanted: MixdownPlan) -> Iterator[Pcm]:
    """A minute of mixed sound, in memory, round and round: all that is left is encoding."""
    minute: Pcm = np.load(folder / "minute.npy")
    for second in range(wanted.minutes * 60):
        at = second % 60 * SAMPLE_RATE
        yield minute[:, at : at + SAMPLE_RATE]


def _make_layers(folder: Path) -> None:
    """A spoken track of 24 lines and two real stems."""
    prepared = [prepare_read(path.read_bytes()) for path in reads(LINES)]
    track = render_track(prepared, folder / LAYERS[0])
    brain = binaural_stem(10.0)
    assert brain is not None
    lengths = {LAYERS[0]: track.duration_ms}
    for name, stem in zip(LAYERS[1:], (brain, DEFAULT_BACKGROUND), strict=True):
        lengths[name] = render_stem(stem, folder / name).duration_ms
    segments = [(one.start_ms, one.end_ms) for one in track.segments]
    (folder / FACTS).write_text(json.dumps({"lengths": lengths, "segments": segments}))
    mix(folder, plan(folder, 5, FileFormat.M4A))
    _keep_a_minute(folder)


def _keep_a_minute(folder: Path) -> None:
    pieces, held = [], 0
    with av.open(str(folder / "mixed.m4a")) as container:
        for frame in container.decode(container.streams.audio[0]):
            pieces.append(frame.to_ndarray())
            held += frame.samples
            if held >= MINUTE:
                break
    np.save(folder / "minute.npy", np.concatenate(pieces, axis=1)[:, :MINUTE])


def _peak_mib(folder: Path, minutes: int) -> float:
    """VmHWM of a fresh process."""
    command = [sys.executable, "-m", "performance.mixdown_process", str(folder), str(minutes)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=CHILD_SECONDS
    )
    return float(done.stdout)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(), indent=2) + "\n")
