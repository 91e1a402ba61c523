"""Replaces figures in a text by words: dates, times, quantities, fractions, numbers."""

from __future__ import annotations

import re

from ab_tts.domain.dates import DATES
from ab_tts.domain.number_words import (
    ONES,
    TEN,
    cardinal,
    digits,
    number,
    ordinal,
    spoken_decimal,
)
from ab_tts.domain.quantities import FIGURES, QUANTITIES, Rule

PAIRS = {"24/7": "twenty-four seven", "50/50": "fifty fifty"}
PARTS = {2: "half", 4: "quarter"}
LARGEST_PART = 16
LAST_HOUR, LAST_MINUTE = 24, 59


def _time(found: re.Match[str]) -> str:
    hour, minute, half = int(found[1]), int(found[2]), found[3]
    if hour > LAST_HOUR or minute > LAST_MINUTE:
        return f"{digits(found[1])} {digits(found[2])}"
    words = cardinal(hour)
    if minute:
        words += f" oh {ONES[minute]}" if minute < TEN else f" {cardinal(minute)}"
    elif not half:
        words += " o'clock"
    return words + (f" {half[0].lower()}.m." if half else "")


def _whole_hour(found: re.Match[str]) -> str:
    return f"{cardinal(int(found[1]))} {found[2].lower()}.m."


def _fraction(found: re.Match[str]) -> str:
    """Parts up to sixteenths; what is no such part is left to be read as numbers."""
    whole, count, size = found[1], int(found[2]), int(found[3])
    if f"{count}/{size}" in PAIRS:
        return PAIRS[f"{count}/{size}"]
    if not 0 < count < size <= LARGEST_PART:
        return found[0]
    name = PARTS.get(size, ordinal(size))
    words = f"{cardinal(count)} {name}" + ("" if count == 1 else "s")
    if not whole:
        return words
    return f"{number(whole)} and {words.replace('one half', 'a half')}"


def _number(found: re.Match[str]) -> str:
    return f" {number(found[0])} "


# The order matters: what is more special comes first. ASCII, so that int() reads each figure.
NUMBERS: tuple[Rule, ...] = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), spoken)
    for pattern, spoken in (
        (r"(?<!\d)(\d{1,2}):(\d{2})(?!\d)(?:\s?([ap])\.?m\b\.?)?", _time),
        (r"(?<![\d.,:])([1-9]|1[0-2])\s?([ap])\.?m\b\.?", _whole_hour),
        (r"(?<=\d):(?=\d)", lambda _: " to "),
        (r"(?<![\w/])(?:(\d+)\s)?(\d{1,2})/(\d{1,2})(?![\w/])", _fraction),
    )
)
PLAIN: tuple[Rule, ...] = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), spoken)
    for pattern, spoken in (
        (r"\b\d{3}-\d{4}\b", lambda found: digits(found[0].replace("-", ""))),
        (r"\b911\b", lambda found: digits(found[0])),
        (r"(?<![\d.,])\d{1,3}(?:\.\d{3}){2,}(?![\d.])", lambda found: found[0].replace(".", "")),
        (r"(?<=\d)\s?[-\u2013]\s?(?=\d)", lambda _: " to "),
        (r"(?<=\d)-(?=[a-z])", lambda _: " "),
        (r"(?<![\w-])-(?=\d)", lambda _: "minus "),
        (r"\b(\d{1,9})(?:st|nd|rd|th)\b", lambda found: ordinal(int(found[1]))),
        (rf"(?<![\d.])({FIGURES})?\.\d+(?![\d.])", lambda found: spoken_decimal(found[0])),
        (FIGURES, _number),
    )
)
RULES = (*DATES, *NUMBERS, *QUANTITIES, *PLAIN)


def spell_figures(text: str) -> str:
    """The text without a single ASCII figure, each read as a person would."""
    for pattern, spoken in RULES:
        text = pattern.sub(spoken, text)
    return text
