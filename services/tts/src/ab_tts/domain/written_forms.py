"""What people write and nobody says as it stands: hearts, domains, titles, Roman figures."""

from __future__ import annotations

import re
from collections.abc import Callable

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

ABBREVIATIONS = {
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "et cetera",
    "vs.": "versus",
    "vs": "versus",
    "approx.": "approximately",
    "a.k.a.": "also known as",
    "w/o": "without",
    "w/": "with",
    "b/c": "because",
    "dr.": "doctor",
    "mr.": "mister",
    "mrs.": "missus",
    "ms.": "miz",
    "prof.": "professor",
    "jr.": "junior",
    "sr.": "senior",
    "st.": "saint",
    "mt.": "mount",
    "ph.d.": "P H D",
}
ROMAN = {
    "II": "two",
    "III": "three",
    "IV": "four",
    "VI": "six",
    "VII": "seven",
    "VIII": "eight",
    "IX": "nine",
    "XI": "eleven",
    "XII": "twelve",
    "XIV": "fourteen",
    "XV": "fifteen",
    "XVI": "sixteen",
    "XX": "twenty",
    "XXI": "twenty-one",
}
HEARTS = "\u2764\u2665\u2661\u2763\U0001f90d\U0001f90e\U0001f493-\U0001f49f\U0001f5a4\U0001f9e1"
_ROMANS = "|".join(sorted(ROMAN, key=len, reverse=True))
_PERIODS = "day|week|month|year|hour|night|morning"
# Before NFKC, which would make "10²" a hundred and two, and before "~" counts as markup.
EARLY_FORMS: tuple[Rule, ...] = (
    (re.compile(r"[~\u2248]\s?(?=\d)"), lambda _: "about "),
    (re.compile("(?<=\\w)\u00b2"), lambda _: " squared"),
    (re.compile("(?<=\\w)\u00b3"), lambda _: " cubed"),
    (re.compile(r"(?<=\d)(?=[\u00bc-\u00be\u2150-\u215e])"), lambda _: " "),
)
FORMS: tuple[Rule, ...] = (
    (re.compile(r"<3(?!\d)"), lambda _: "\u2764"),
    (
        re.compile(rf"\b(I|[Ww]e)\s[{HEARTS}]\ufe0f?(?=\s+\w)"),
        lambda found: f"{found[1]} love",
    ),
    (re.compile("\U0001f4af"), lambda _: " one hundred percent "),
    (
        re.compile(
            r"(?<![\w.])(?:" + "|".join(map(re.escape, ABBREVIATIONS)) + r")(?!\w)", re.IGNORECASE
        ),
        lambda found: ABBREVIATIONS[found[0].lower()],
    ),
    (re.compile(r"\betc\b", re.IGNORECASE), lambda _: "et cetera"),
    (re.compile(r"(?<=\w)\.(?=(?:com|org|net|edu|io|app|co)\b(?!\.\w))"), lambda _: " dot "),
    (re.compile(r"(?:(?<!\w)#|\b[Nn]o\.?\s?)(?=\d)"), lambda _: "number "),
    (re.compile(r"\bv(?=\d)"), lambda _: "version "),
    (re.compile(r"\u2265\s?(?=\d)"), lambda _: "at least "),
    (re.compile(r"\u2264\s?(?=\d)"), lambda _: "at most "),
    (re.compile(rf"(?<=[a-z])/(?=(?:{_PERIODS})\b)", re.IGNORECASE), lambda _: " a "),
    (
        re.compile(r"(?<=\d)\s?[x\u00d7](?=\s(?:a|per|each|every|daily|weekly)\b)"),
        lambda _: " times",
    ),
    (re.compile(r"\s?\u00d7\s?(?=\d)"), lambda _: " times "),
    (re.compile(r"\s?\u00f7\s?(?=\d)"), lambda _: " divided by "),
    (re.compile(r"\u00b1\s?(?=\d)"), lambda _: "plus or minus "),
    (
        re.compile(rf"\b([A-Z][a-z]+)\s({_ROMANS})\b(?!\.\w)"),
        lambda found: f"{found[1]} {ROMAN[found[2]]}",
    ),
)


def in_spoken_form(text: str) -> str:
    """The text with such forms replaced by what is said; figures stay figures."""
    for pattern, spoken in FORMS:
        text = pattern.sub(spoken, text)
    return text


def in_plain_form(text: str) -> str:
    """The same for what would not outlive normalising: raised figures, fractions, tildes."""
    for pattern, spoken in EARLY_FORMS:
        text = pattern.sub(spoken, text)
    return text
