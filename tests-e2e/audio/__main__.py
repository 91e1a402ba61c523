"""``python -m audio``: spoken tracks of every voice against independent oracles, as a table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from audio.one_voice import VoiceResult, check_voice
from audio.report import difference_findings, print_report

VOICES = ("nova", "alloy", "shimmer", "onyx", "echo", "fable")
PROCESSES = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when every promise is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("voices", nargs="*", choices=[[], *VOICES], metavar="VOICE")
    voices = parser.parse_args(arguments).voices or VOICES
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        results: list[VoiceResult] = list(pool.map(check_voice, voices))
    findings = [finding for result in results for finding in result.findings]
    findings += difference_findings(results)
    print_report(results, findings)
    return 0 if all(finding.holds for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
