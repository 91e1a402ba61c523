"""Replaces figures in a text by words: times, money, percent, fractions, ordinals, numbers."""

from __future__ import annotations

import re
from collections.abc import Callable

from ab_tts.domain.number_words import ONES, TEN, cardinal, digits, number, ordinal

FRACTIONS = {
    "1/2": "one half",
    "1/3": "one third",
    "2/3": "two thirds",
    "1/4": "one quarter",
    "3/4": "three quarters",
    "24/7": "twenty-four seven",
}
MONEY = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent")}
UNITS = {
    "km": "kilometre",
    "kg": "kilogram",
    "cm": "centimetre",
    "min": "minute",
    "mins": "minute",
    "hr": "hour",
    "hrs": "hour",
    "h": "hour",
}
LAST_HOUR, LAST_MINUTE = 24, 59
FIGURES = r"\d+(?:,\d{3})*"


def _plural(count: str, word: str) -> str:
    if count == "1":
        return word
    return "pence" if word == "penny" else f"{word}s"


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


def _money(found: re.Match[str]) -> str:
    unit, part = MONEY[found[1]]
    words = f"{number(found[2])} {_plural(found[2], unit)}"
    if found[3] and int(found[3]):
        parts = str(int(found[3]))
        words += f" {number(parts)} {_plural(parts, part)}"
    return words


def _unit(found: re.Match[str]) -> str:
    return f"{found[1]} {_plural(found[1], UNITS[found[2].lower()])}"


def _decimal(found: re.Match[str]) -> str:
    return f"{number(found[1])} point {digits(found[2])}"


def _number(found: re.Match[str]) -> str:
    return f" {number(found[0])} "


Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]
# The order matters: what is more special comes first. ASCII, so that int() reads each figure.
RULES: tuple[Rule, ...] = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), spoken)
    for pattern, spoken in (
        (r"(?<!\d)(\d{1,2}):(\d{2})(?!\d)(?:\s?([ap])\.?m\b\.?)?", _time),
        (r"(?<![\d.,:])([1-9]|1[0-2])\s?([ap])\.?m\b\.?", _whole_hour),
        (r"(?<![\w/])(\d{1,2}/\d)(?![\w/])", lambda found: FRACTIONS.get(found[1], found[1])),
        (rf"([$£€])\s?({FIGURES})(?:\.(\d\d))?(?!\d)", _money),
        (rf"({FIGURES}(?:\.\d+)?)\s?%", lambda found: f"{found[1]} percent "),
        (rf"(?<![\w.])({FIGURES}(?:\.\d+)?)\s?({'|'.join(UNITS)})\b", _unit),
        (r"(?<=\d)\s?[-\u2013]\s?(?=\d)", lambda _: " to "),
        (r"(?<![\w-])-(?=\d)", lambda _: "minus "),
        (r"\b(\d{1,9})(?:st|nd|rd|th)\b", lambda found: ordinal(int(found[1]))),
        (rf"({FIGURES})\.(\d+)(?![\d.])", _decimal),
        (FIGURES, _number),
    )
)


def spell_figures(text: str) -> str:
    """The text without a single ASCII figure, each read as a person would."""
    for pattern, spoken in RULES:
        text = pattern.sub(spoken, text)
    return text
