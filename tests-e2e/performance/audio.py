"""``python -m performance.audio``: the sound engine against its baselines; one JSON object last."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from performance.audio_inputs import FORMAT, reads
from performance.audio_race import race
from performance.audio_stems import worst_stem_seconds
from performance.audio_workers import memory, second_worker, warm_seconds
from performance.stack import say

LINES = 24
MEMORY_LINES = (1, LINES, 50)


def _race() -> dict[str, Any]:
    with TemporaryDirectory(prefix="ab-bench-") as folder:
        return race(reads(LINES), Path(folder))


def _workers() -> dict[str, Any]:
    say("a live worker merging prepared reads")
    warm = {lines: warm_seconds(reads(lines)) for lines in (LINES, MEMORY_LINES[-1])}
    say("memory of a fresh worker, alone and with all that the service loads")
    peaks = {str(lines): memory(reads(lines)) for lines in MEMORY_LINES}
    whole = {str(lines): memory(reads(lines), "--whole-service") for lines in MEMORY_LINES}
    say("two workers against one")
    return {
        "warm_in_worker_s": warm[LINES],
        "warm_in_worker_50_lines_s": warm[MEMORY_LINES[-1]],
        "peak_rss_mib": peaks,
        "peak_rss_whole_service_mib": whole,
        "two_workers_over_one": second_worker(reads(LINES)),
    }


def _mixdown() -> dict[str, Any]:
    if importlib.util.find_spec("performance.mixdown") is None:
        say("no mixdown here to measure")
        return {}
    say("mixdowns")
    measured: dict[str, Any] = importlib.import_module("performance.mixdown").measure()
    return measured


def _stems() -> dict[str, Any]:
    say("every stem in a process of its own")
    return {"stem_s": worst_stem_seconds()}


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "race": _race,
    "workers": _workers,
    "mixdown": _mixdown,
    "stems": _stems,
}


def main() -> int:
    """Measures all parts, or those that are named; progress goes to standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART")
    wanted = parser.parse_args().parts or list(PARTS)
    figures: dict[str, Any] = {"inputs": f"{LINES} lines read twice: {FORMAT}"}
    for part in wanted:
        figures |= PARTS[part]()
    sys.stdout.write(json.dumps(_rounded(figures), indent=2) + "\n")
    return 0


def _rounded(figures: Any) -> Any:
    if isinstance(figures, dict):
        return {name: _rounded(value) for name, value in figures.items()}
    return round(figures, 3) if isinstance(figures, float) else figures


if __name__ == "__main__":
    sys.exit(main())
