"""The built-in list: phrases by category, found in a text however they are disguised.

A phrase is words with a blank between each two. ``a|b`` is one or the other, ``word*`` whatever
begins so, ``?a|b`` may be missing, ``...`` stands for up to three words, and ``!a|b`` behind a
phrase says which words must not follow it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ab_session.domain.moderation.plain_text import DRAWN, once, readings
from ab_session.domain.moderation.verdict import BUILTIN, Verdict, approved, rejected

GAP = "..."
# Shorter ones come about by chance where words meet: "the pen is mine".
SHORTEST_APART = 8
SHORTEST_WORD_APART = 6
LEFT_OUT = "."
_PLAIN = re.compile(r"[a-z0-9]+\*?")
_BEFORE, _BEHIND = rf"(?<![a-z0-9{DRAWN}])", r"(?![a-z0-9])"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is found as one category."""

    category: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class WordList:
    """Needs no network and no memory: the same text has the same verdict for one ``version``."""

    version: int
    rules: tuple[Rule, ...]
    harmless: re.Pattern[str] | None = None
    """What is left out before the rules look: words of those who heal, help or remember."""

    def judge(self, text: str) -> Verdict:
        """The first category of the list that anything is found of."""
        read = [self._without_harmless(reading) for reading in readings(text)]
        for rule in self.rules:
            if any(rule.pattern.search(reading) for reading in read):
                return rejected(BUILTIN, rule.category)
        return approved(BUILTIN)

    def _without_harmless(self, reading: str) -> str:
        return self.harmless.sub(LEFT_OUT, reading) if self.harmless else reading


def harmless_of(phrases: Sequence[str]) -> re.Pattern[str]:
    """As ``rule_of``, but only as it is written: no disguise makes anything harmless."""
    ways = (_whole(phrase.split()) for phrase in phrases)
    return re.compile(f"{_BEFORE}(?:{'|'.join(ways)})")


def rule_of(category: str, phrases: Sequence[str]) -> Rule:
    """A category with its phrases; ValueError for one that is not written as the module says."""
    parts = [phrase.split() for phrase in phrases]
    ways = [way for words in parts for way in (_whole(words), _apart(words)) if way]
    return Rule(category, re.compile(f"{_BEFORE}(?:{'|'.join(dict.fromkeys(ways))})"))


def _whole(words: Sequence[str]) -> str:
    return _phrase(words, letters_apart="")


def _apart(words: Sequence[str]) -> str | None:
    """The phrase with blanks inside its words: in any places of a long one.

    A short single word is known only where each letter stands alone.
    """
    if GAP in words:
        return None
    if len([word for word in words if not word.startswith(("?", "!"))]) == 1:
        blanks = " ?" if _letters(words) >= SHORTEST_WORD_APART else " "
        return _phrase(words, letters_apart=blanks)
    return _phrase(words, letters_apart=" ?") if _letters(words) >= SHORTEST_APART else None


def _letters(words: Sequence[str]) -> int:
    needed = (word for word in words if not word.startswith(("?", "!")))
    return sum(max(len(one.rstrip("*")) for one in word.split("|")) for word in needed)


def _phrase(words: Sequence[str], letters_apart: str) -> str:
    blank = " ?" if letters_apart == " ?" else " "
    pattern = ""
    for place, word in enumerate(words):
        before = blank if place else ""
        if word == GAP:
            pattern += r"(?: \S+){0,3}"
        elif word.startswith("!"):
            pattern += f"(?!{blank}(?:{_one_of(word[1:], letters_apart)}))"
        elif word.startswith("?"):
            pattern += f"(?:{before}(?:{_one_of(word[1:], letters_apart)}))?"
        else:
            pattern += f"{before}(?:{_one_of(word, letters_apart)})"
    return pattern + (_BEHIND if blank == " ?" else "")


def _one_of(words: str, letters_apart: str) -> str:
    return "|".join(
        form for word in words.split("|") for form in _forms(word, letters_apart=letters_apart)
    )


def _forms(word: str, letters_apart: str) -> tuple[str, str]:
    """As it is written, and as it reads with its letters drawn out."""
    if not _PLAIN.fullmatch(word):
        raise ValueError(f"not a word of a phrase: {word!r}")
    stem = word.rstrip("*")
    end = "[a-z0-9]*" if word.endswith("*") else _BEHIND
    if letters_apart == " ?":
        # Whatever was joined to the next word ends where that one does.
        end = "[a-z0-9]*" if word.endswith("*") else ""
    return letters_apart.join(stem) + end, DRAWN + once(stem) + end
