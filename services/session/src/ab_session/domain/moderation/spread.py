"""What only several lines say together, read aloud one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ab_session.domain.moderation.verdict import OPERATOR, Checked, Status
from ab_session.domain.moderation.word_list import WordList

# Behind a few lines, with two reads and seconds between, nobody hears a sentence any more.
LONGEST = 4
# What is found across lines stands near where they meet; more would only cost time.
NEAR = 80


def judged_together(words: WordList, checked: Sequence[Checked]) -> tuple[Checked, ...]:
    """The same, with a line rejected where it ends what the list finds across lines.

    That is the verdict of this draft alone: the words of the line by itself are as they were.
    """
    spoken = [place for place, one in enumerate(checked) if one.part == "line"]
    found = list(checked)
    for end in range(1, len(spoken)):
        for length in range(2, min(LONGEST, end + 1) + 1):
            places = spoken[end + 1 - length : end + 1]
            here = [checked[place] for place in places]
            if any(len(one.text) > NEAR for one in here[1:-1]) or _settled(found, places):
                break
            verdict = words.judge(_where_they_meet([one.text for one in here]))
            if verdict.status is Status.REJECTED:
                found[places[-1]] = replace(here[-1], verdict=verdict)
    return tuple(found)


def _where_they_meet(texts: Sequence[str]) -> str:
    first, last = texts[0], texts[-1]
    if len(first) > NEAR:
        first = first[-NEAR:].partition(" ")[2]
    return " ".join((first, *texts[1:-1], last[:NEAR]))


def _settled(found: Sequence[Checked], places: Sequence[int]) -> bool:
    """Whether one of these lines is refused already, or people have approved of each."""
    verdicts = [found[place].verdict for place in places]
    refused = any(verdict.status is Status.REJECTED for verdict in verdicts)
    return refused or all(verdict.provider == OPERATOR for verdict in verdicts)
