"""Composes lines: an opener, filled with words of the theme, that obeys the writing rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from string import Formatter

from ab_session.domain.writer.phrases import Framework, PhraseBook, Theme, gerund
from ab_session.domain.writer.reading import Reading
from ab_session.domain.writing_rules import complaints, words

# Every third line may speak of what stands beside the main theme.
BESIDE_EACH = 3
CLOCK = frozenset(
    {"today", "tonight", "morning", "evening", "night", "now", "moment", "day", "days", "daily"}
)
SHORTEST_TO_REPEAT = 4
LOVE = "my love of "


@dataclass(frozen=True, slots=True)
class Shuffle:
    """An order that looks random and is the same for the same seed, on every machine."""

    seed: str

    def __call__(self, items: Sequence[str]) -> list[str]:
        """The items in the order of their hashes."""
        return sorted(items, key=lambda item: sha256(f"{self.seed}\n{item}".encode()).digest())


def compose(reading: Reading, book: PhraseBook, count: int, seed: str) -> tuple[str, ...]:
    """``count`` lines (1 to 24) that open differently, no two neighbours with the same word."""
    shuffle = Shuffle(seed)
    openers = _openers(reading.framework, book, shuffle)
    themes = [_with_values(reading.theme, reading.values), reading.beside or reading.theme]
    lines: list[str] = []
    while len(lines) < count:
        opener = next(one for one in openers if _may_follow(one, lines, count))
        openers.remove(opener)
        beside = len(lines) % BESIDE_EACH == BESIDE_EACH - 1
        lines.extend(_filled(opener, themes[beside], shuffle, lines))
    return tuple(lines)


def _openers(framework: Framework, book: PhraseBook, shuffle: Shuffle) -> list[str]:
    # The others only serve where a long list has used up the framework's own.
    others = [one for one in Framework if one is not framework]
    return [opener for kind in (framework, *others) for opener in shuffle(book.openers[kind])]


def _with_values(theme: Theme, values: tuple[str, ...]) -> Theme:
    return replace(theme, anchors=(*theme.anchors, *(f"{LOVE}{value}" for value in values)))


def _may_follow(opener: str, lines: Sequence[str], count: int) -> bool:
    first = words(opener)[0]
    openings = [words(line)[0] for line in lines]
    within_half = openings.count(first) < (count + 1) // 2
    return within_half and openings[-1:] != [first]


def _filled(opener: str, theme: Theme, shuffle: Shuffle, before: Sequence[str]) -> list[str]:
    """The opener with the first words that fit; nothing where none do."""
    fields = [name for _, name, _, _ in Formatter().parse(opener) if name]
    for chosen in product(*(_phrases(name, theme, shuffle, before) for name in fields)):
        line = opener.format(**dict(zip(fields, chosen, strict=True)))
        new = words(line)[:2] not in [words(one)[:2] for one in before]
        if new and not complaints(line) and _reads_well(opener, fields, chosen):
            return [line]
    return []


def _phrases(field: str, theme: Theme, shuffle: Shuffle, before: Sequence[str]) -> list[str]:
    """Phrases of a theme that were not said before, in whichever form."""
    said = " ".join(before)
    if field not in {"action", "doing"}:
        phrases = [one for one in shuffle(getattr(theme, f"{field}s")) if one not in said]
        # Until a line speaks of what they value, that goes first wherever it can stand.
        return phrases if LOVE in said else sorted(phrases, key=lambda one: LOVE not in one)
    forms = [(action, gerund(action)) for action in shuffle(theme.actions)]
    new = [pair for pair in forms if not any(form and form in said for form in pair)]
    return [doing for _, doing in new if doing] if field == "doing" else [one for one, _ in new]


def _reads_well(opener: str, fields: Sequence[str], chosen: Sequence[str]) -> bool:
    """Whether no word comes back in another part of the line, and the clock is named once."""
    frame = opener.format(**dict.fromkeys(fields, ""))
    parts = [set(words(part)) for part in (frame, *chosen)]
    if sum(bool(part & CLOCK) for part in parts) > 1:
        return False
    return not any(_alike(one, other) for one, other in _pairs(parts))


def _pairs(parts: Sequence[set[str]]) -> Iterator[tuple[str, str]]:
    for number, part in enumerate(parts):
        for later in parts[number + 1 :]:
            yield from product(part, later)


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= SHORTEST_TO_REPEAT and long.startswith(short[:6])
