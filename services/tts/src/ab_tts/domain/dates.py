"""Dates, months and decades as words."""

from __future__ import annotations

import re
from collections.abc import Callable

from ab_tts.domain.number_words import TENS, cardinal, number, ordinal

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
SHORT = {month[:3].lower(): month for month in MONTHS} | {"sept": "September"}
LAST_DAY = 31


def _iso(found: re.Match[str]) -> str:
    return _date(found, year=found[1], month=int(found[2]), day=int(found[3]))


def _slashed(found: re.Match[str]) -> str:
    """The American order, unless only the other one makes a date."""
    first, second = int(found[1]), int(found[2])
    month, day = (second, first) if first > len(MONTHS) else (first, second)
    return _date(found, year=found[3], month=month, day=day)


def _date(found: re.Match[str], *, year: str, month: int, day: int) -> str:
    if not (1 <= month <= len(MONTHS) and 1 <= day <= LAST_DAY):
        return found[0]
    return f"{MONTHS[month - 1]} {ordinal(day)}, {number(year)}"


def _month(found: re.Match[str]) -> str:
    return f"{SHORT[found[1].lower()]} {found[2]}"


def _decade(found: re.Match[str]) -> str:
    century, tens = found[1], TENS[int(found[2])]
    if not century:
        return f"{tens[:-1]}ies"
    if found[2] == "0":
        return f"{cardinal(int(century))} hundreds"
    return f"{cardinal(int(century))} {tens[:-1]}ies"


DATES: tuple[Rule, ...] = (
    (re.compile(r"(?<![\d-])(\d{4})-(\d\d)-(\d\d)(?![\d-])", re.ASCII), _iso),
    (re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4})(?![\d/])", re.ASCII), _slashed),
    (re.compile(rf"\b({'|'.join(SHORT)})\.?\s(\d{{1,2}})(?!\d)", re.ASCII | re.IGNORECASE), _month),
    (re.compile(r"(?<![\d.,])(1[1-9]|20)(\d)0'?s\b", re.ASCII), _decade),
    (re.compile(r"(?<![\w.,])['\u2019]?()([2-9])0s\b", re.ASCII), _decade),
)
