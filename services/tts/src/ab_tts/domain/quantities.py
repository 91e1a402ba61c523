"""Amounts with their unit as words: money, weights, lengths, speeds, temperatures."""

from __future__ import annotations

import re
from collections.abc import Callable

from ab_tts.domain.number_words import number, spoken_decimal

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

MONEY = {
    "$": ("dollar", "cent"),
    "£": ("pound", "penny"),
    "€": ("euro", "cent"),
    "¥": ("yen", "sen"),
    "₹": ("rupee", "paisa"),
}
SCALES = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}
UNITS = {
    "km/h": "kilometre per hour",
    "mph": "mile per hour",
    "km": "kilometre",
    "kg": "kilogram",
    "cm": "centimetre",
    "mg": "milligram",
    "ml": "millilitre",
    "lbs": "pound",
    "lb": "pound",
    "ft": "foot",
    "mi": "mile",
    "kcal": "calorie",
    "mins": "minute",
    "min": "minute",
    "secs": "second",
    "sec": "second",
    "hrs": "hour",
    "hr": "hour",
    "h": "hour",
    "yrs": "year",
    "yr": "year",
    "wks": "week",
    "wk": "week",
}
DEGREES = {"c": "degrees Celsius", "f": "degrees Fahrenheit", "": "degrees"}
PLURALS = {"penny": "pence", "foot": "feet", "yen": "yen", "sen": "sen", "paisa": "paise"}
FIGURES = r"\d+(?:,\d{3})*"


def plural(count: str, word: str) -> str:
    """The word for so many: ``dollars``, ``feet``, ``kilometres per hour``."""
    if count == "1":
        return word
    head, *rest = word.split(" ", 1)
    return " ".join([PLURALS.get(head, f"{head}s"), *rest])


def _money(found: re.Match[str]) -> str:
    unit, part = MONEY[found["sign"]]
    words = f"{number(found['whole'])} {plural(found['whole'], unit)}"
    if found["part"] and int(found["part"]):
        parts = str(int(found["part"]))
        words += f" {number(parts)} {plural(parts, part)}"
    return f"{words} "


def _scaled_money(found: re.Match[str]) -> str:
    scale = SCALES.get(found["scale"].lower(), "")
    return f"{spoken_decimal(found['amount'])} {scale} {plural('', MONEY[found['sign']][0])}"


def _unit(found: re.Match[str]) -> str:
    return f"{found[1]} {plural(found[1], UNITS[found[2].lower()])}"


def _height(found: re.Match[str]) -> str:
    return f"{found[1]} {plural(found[1], 'foot')} {found[2]}"


_SIGN = f"(?P<sign>[{''.join(MONEY)}])"
_AMOUNT = rf"(?P<whole>{FIGURES})(?:\.(?P<part>\d\d))?(?![\d.]*\d)"
_LONGEST_FIRST = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
# Figures are left where a later rule reads them: "5 km" becomes "5 kilometres" here.
QUANTITIES: tuple[Rule, ...] = tuple(
    (re.compile(pattern, re.ASCII | re.IGNORECASE), spoken)
    for pattern, spoken in (
        (rf"{_SIGN}\s?(?P<amount>{FIGURES}(?:\.\d+)?)\s?(?P<scale>k|m|bn|b)\b", _scaled_money),
        (rf"{_SIGN}\s?(?P<amount>\d+\.\d)(?P<scale>)(?!\d)", _scaled_money),
        (rf"{_SIGN}\s?{_AMOUNT}", _money),
        (rf"(?<![\d.,]){_AMOUNT}\s?{_SIGN}", _money),
        (rf"(?<![\d.,])(?P<whole>\d+),(?P<part>\d\d)\s?{_SIGN}", _money),
        (rf"({FIGURES}(?:\.\d+)?)\s?%", lambda found: f"{found[1]} percent "),
        (r"(?<=\d)\s?°\s?([cf]?)\b", lambda found: f" {DEGREES[found[1].lower()]}"),
        (r"(?<=\d)\s?°", lambda _: " degrees"),
        (r"(?<![\w.])(\d)\s?['\u2032\u2019]\s?(\d{1,2})\s?[\"\u2033\u201d]?(?!\w)", _height),
        (rf"(?<![\w.])({FIGURES}(?:\.\d+)?)\s?({_LONGEST_FIRST})(?![\w/])", _unit),
    )
)
