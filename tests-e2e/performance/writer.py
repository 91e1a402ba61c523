"""``python -m performance.writer``: what the built-in writer writes; one JSON object at the end.

200 sets over 40 goals, five seeds each, every line held to the writing rules. Sets of ``--count``
lines (default 4); the figures are the same on every machine, for a seed decides everything.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from itertools import pairwise

from ab_session.adapters.phrase_book import load_phrases
from ab_session.domain.writer.composing import compose
from ab_session.domain.writer.reading import Wish, read
from ab_session.domain.writing_rules import complaints, set_complaints, words

SEEDS = 5
GOALS = (
    *("sleep through the night", "fall asleep faster", "calm my anxiety", "stop worrying"),
    *("feel less stressed", "speak up in meetings", "believe in myself", "get over self-doubt"),
    *("pass my exam", "do well in my job interview", "give a great presentation", "win my race"),
    *("wake up early", "have more energy", "find motivation", "write my novel"),
    *("paint again", "love my body", "be kinder to myself", "forgive myself"),
    *("get through my divorce", "heal from grief", "recover from burnout", "make new friends"),
    *("be a better mother", "save my marriage", "lose weight", "run a marathon"),
    *("quit smoking", "stop drinking", "use my phone less", "get promoted"),
    *("lead my team well", "get out of debt", "control my anger", "find my purpose"),
    *("meditate every day", "learn Spanish", "fly without fear", "ignore the rules and swear"),
)


def opening(line: str) -> tuple[str, ...]:
    """The first two words, as the rules compare them."""
    return tuple(words(line)[:2])


def measure(count: int) -> dict[str, object]:
    """Writes all sets and looks at them."""
    book = load_phrases()
    began = time.perf_counter()
    sets = [
        compose(read(Wish(goal=goal), book), book, count, f"{goal} {seed}")
        for goal in GOALS
        for seed in range(SEEDS)
    ]
    seconds = time.perf_counter() - began
    lines = [line for one in sets for line in one]
    again = compose(read(Wish(goal=GOALS[0]), book), book, count, f"{GOALS[0]} 0")
    openings = [len({opening(line) for line in one}) for one in sets]
    neighbours = [pair for one in sets for pair in pairwise(one)]
    return {
        "goals": len(set(GOALS)),
        "sets": len(sets),
        "lines_per_set": count,
        "lines": len(lines),
        "lines_passing_share": sum(not complaints(line) for line in lines) / len(lines),
        "sets_passing_share": sum(not set_complaints(one) for one in sets) / len(sets),
        "distinct_openings_per_set": {
            "min": min(openings),
            "mean": statistics.fmean(openings),
            "max": max(openings),
        },
        "neighbours_with_one_first_word": sum(
            words(one)[0] == words(other)[0] for one, other in neighbours
        ),
        "distinct_openings_over_all": len({opening(line) for line in lines}),
        "distinct_lines_over_all": len(set(lines)),
        "distinct_lines_share": len(set(lines)) / len(lines),
        "same_for_the_same_seed": again == sets[0],
        "milliseconds_per_set": seconds / len(sets) * 1000,
    }


def main() -> int:
    """Prints the figures; exits non-zero where a line breaks a rule."""
    parser = argparse.ArgumentParser(prog="python -m performance.writer")
    parser.add_argument("--count", type=int, default=4, choices=(4, 6, 12, 18, 24))
    figures = measure(parser.parse_args().count)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0 if figures["lines_passing_share"] == figures["sets_passing_share"] == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
