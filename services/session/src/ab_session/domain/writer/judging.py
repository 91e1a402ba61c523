"""Whether the lines of a model may be shown: the writing rules, and what only a model breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ab_shared.contracts.writing import MAX_LINE_LENGTH

from ab_session.domain.writing_rules import set_complaints, words

# So many words in a row are no chance: it repeats what it was told.
REPEATED_WORDS = 6


def faults(lines: Sequence[str], count: int, instructions: str) -> list[str]:
    """What is wrong with an answer; empty for one that may be shown."""
    found = []
    if len(lines) != count:
        found.append(f"there are {len(lines)} lines, not {count}")
    said = Counter(" ".join(words(line)) for line in lines)
    found += [f"{line!r} is said {times} times" for line, times in said.items() if times > 1]
    found += [
        f"a line has {len(line)} characters, more than {MAX_LINE_LENGTH}"
        for line in lines
        if len(line) > MAX_LINE_LENGTH
    ]
    source = _runs(instructions)
    found += [
        f"{line!r} repeats the instructions" for line in lines if not source.isdisjoint(_runs(line))
    ]
    return found + set_complaints(lines)


def _runs(text: str) -> set[tuple[str, ...]]:
    said = words(text)
    return {
        tuple(said[place : place + REPEATED_WORDS])
        for place in range(len(said) - REPEATED_WORDS + 1)
    }
