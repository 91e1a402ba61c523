"""How a good affirmation reads, as rules a program can check.

First person, present tense, 5-12 words, what is wanted and never the problem, varied openings.
That verbs go before adjectives, and that a line is plausible, stays for a reader to judge.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

MIN_WORDS = 5
MAX_WORDS = 12
FIRST_PERSON = frozenset({"i", "i'm", "i've", "my", "me", "mine", "myself"})
NEGATIONS = frozenset(
    {"not", "no", "never", "none", "nothing", "nobody", "cannot", "stop", "without", "avoid"}
    | {"quit", "rid", "dont"}
)
OTHER_TENSES = frozenset(
    {"will", "i'll", "shall", "would", "was", "were", "had", "did", "used", "tomorrow"}
)
# Words of other languages, for "i", "me" and "no" are theirs as well; one alone may be English.
FOREIGN = frozenset(
    {"je", "suis", "mon", "ma", "mes", "et", "le", "la", "les", "des", "du", "une", "dans", "moi"}
    | {"el", "los", "las", "mi", "mis", "que", "con", "por", "para", "una", "soy", "estoy", "en"}
    | {"ich", "bin", "und", "mein", "meine", "meinen", "der", "das", "ist", "mit", "auf", "mich"}
    | {"io", "sono", "il", "gli", "che", "di", "e", "mio", "mia", "miei", "mie", "ogni", "per"}
    | {"eu", "sou", "estou", "meu", "minha", "os", "em", "um", "uma", "com", "ik", "ben", "mijn"}
    | {"het", "van", "een", "jag", "och", "min", "mitt", "jeg", "er", "og", "un", "mijzelf"}
)
MOST_FOREIGN = 1
_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")

# What a sentence is written with; a full stop inside a word is an address, not a sentence.
_STRANGE = re.compile(r"[^A-Za-z\u00c0-\u024f ,;:!?.'\u2018\u2019\u2013\u2014-]|\.(?=\S)")


def words(line: str) -> list[str]:
    """The words of a line, lower-cased, with straight apostrophes."""
    return _WORD.findall(line.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


def complaints(line: str) -> list[str]:
    """What is wrong with one line; empty for a good one."""
    said = words(line)
    found = []
    if not MIN_WORDS <= len(said) <= MAX_WORDS:
        found.append(f"has {len(said)} words, not {MIN_WORDS} to {MAX_WORDS}")
    if not FIRST_PERSON.intersection(said):
        found.append("is not in the first person")
    negations = [word for word in said if word in NEGATIONS or word.endswith("n't")]
    if negations:
        found.append(f"names what is not wanted: {', '.join(negations)}")
    tenses = sorted(OTHER_TENSES.intersection(said))
    if tenses:
        found.append(f"leaves the present: {', '.join(tenses)}")
    if _STRANGE.search(line):
        found.append("holds signs that no sentence is written with")
    if sum(word in FOREIGN for word in said) > MOST_FOREIGN:
        found.append("is not in English")
    return found


def set_complaints(lines: Sequence[str]) -> list[str]:
    """What is wrong with lines that are heard together; empty for a good set."""
    found = [f"{line!r} {what}" for line in lines for what in complaints(line)]
    openings = Counter(tuple(words(line)[:2]) for line in lines)
    found += [
        f"{times} lines open with {' '.join(pair)!r}"
        for pair, times in openings.items()
        if times > 1
    ]
    first = Counter(words(line)[0] for line in lines if words(line))
    half = (len(lines) + 1) // 2
    found += [
        f"{times} of {len(lines)} lines open with {word!r}"
        for word, times in first.items()
        if times > half
    ]
    return found
