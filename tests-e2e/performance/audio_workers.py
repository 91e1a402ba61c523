"""Live workers: their memory, how fast one merges, and what a second one brings."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, cast

from performance.stack import say

Answer = dict[str, float]
ROUNDS = 5
TRACKS = 2


class LiveWorker:
    """One worker process that has started and waits for orders."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._orders = cast("IO[str]", process.stdin)
        self._answers = cast("IO[str]", process.stdout)
        self.do("warm", 0)

    def begin(self, order: str, times: int = 1) -> None:
        """Lets it work; ``end`` waits for it."""
        self._orders.write(f"{order} {times}\n")
        self._orders.flush()

    def end(self) -> Answer:
        """What it says when it is done."""
        answer: Answer = json.loads(self._answers.readline())
        return answer

    def do(self, order: str, times: int = 1) -> Answer:
        """Has something done."""
        self.begin(order, times)
        return self.end()


@contextmanager
def live_worker(reads: Sequence[Path], *options: str) -> Iterator[LiveWorker]:
    """A fresh process over these reads; it ends with its standard input."""
    with TemporaryDirectory(prefix="ab-bench-") as folder:
        listing = Path(folder) / "raw.txt"
        listing.write_text("\n".join(str(path.resolve()) for path in reads))
        command = (sys.executable, "-m", "performance.audio_worker", str(listing), folder, *options)
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield LiveWorker(process)


def memory(reads: Sequence[Path], *options: str) -> float:
    """MiB at the peak of preparing and merging everything once."""
    with live_worker(reads, *options) as worker:
        idle = worker.do("warm", 0)["peak_rss_mib"]
        peak = worker.do("cold")["peak_rss_mib"]
    say(f"  {len(reads) // 2} lines {' '.join(options)}: {idle} MiB idle, {peak} MiB at the peak")
    return peak


def warm_seconds(reads: Sequence[Path]) -> float:
    """From the command to the announcement, every prepared read fetched from the store."""
    with live_worker(reads) as worker:
        worker.do("cold")
        taken = [worker.do("warm")["seconds"] for _ in range(ROUNDS)]
    say(f"  {len(reads) // 2} lines: " + " ".join(f"{one:.3f}" for one in taken) + " s")
    return median(taken)


def second_worker(reads: Sequence[Path]) -> float:
    """How many times as fast two processes finish the same tracks as one does."""
    with ExitStack() as stack:
        workers = [stack.enter_context(live_worker(reads)) for _ in range(2)]
        ratios = [_alone(workers[0]) / _together(workers) for _ in range(ROUNDS)]
    say("  two over one: " + " ".join(f"{one:.2f}" for one in ratios))
    return median(ratios)


def _alone(worker: LiveWorker) -> float:
    started = time.perf_counter()
    worker.do("cold", TRACKS)
    return time.perf_counter() - started


def _together(workers: Sequence[LiveWorker]) -> float:
    started = time.perf_counter()
    for worker in workers:
        worker.begin("cold", TRACKS // len(workers))
    for worker in workers:
        worker.end()
    return time.perf_counter() - started
