"""Whole numbers as English words."""

from __future__ import annotations

ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
TEN, HUNDRED = 10, 100
SCALES = (
    (1_000_000_000, "billion"),
    (1_000_000, "million"),
    (1_000, "thousand"),
    (HUNDRED, "hundred"),
)
LARGEST = 999_999_999_999
IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
YEARS = range(1100, 2100)
# 2000 to 2009 are said as thousands, every other year as two pairs of figures.
THOUSANDS_YEARS = range(2000, 2010)


def cardinal(number: int) -> str:
    """A whole number from zero to ``LARGEST``: 42 is "forty-two"."""
    if number < len(ONES):
        return ONES[number]
    if number < HUNDRED:
        tens, ones = divmod(number, TEN)
        return TENS[tens] + (f"-{ONES[ones]}" if ones else "")
    size, name = next(scale for scale in SCALES if number >= scale[0])
    count, rest = divmod(number, size)
    joint = " and " if size == HUNDRED else " "
    return f"{cardinal(count)} {name}" + (joint + cardinal(rest) if rest else "")


def ordinal(number: int) -> str:
    """The place a number names: 22 is "twenty-second"."""
    words = cardinal(number)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    head, last = words[:cut], words[cut:]
    if last in IRREGULAR:
        return head + IRREGULAR[last]
    return head + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def year(number: int) -> str:
    """A number of ``YEARS`` as a year: 1984 is "nineteen eighty-four"."""
    if number in THOUSANDS_YEARS:
        return cardinal(number).replace(" thousand ", " thousand and ")
    century, rest = divmod(number, HUNDRED)
    if not rest:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} " + (f"oh {ONES[rest]}" if rest < TEN else cardinal(rest))


def digits(figures: str) -> str:
    """Figures one by one: "07" is "zero seven"."""
    return " ".join(ONES[int(figure)] for figure in figures)


def number(figures: str) -> str:
    """A run of ASCII figures, thousands separators allowed, as the number it most likely is."""
    plain = figures.replace(",", "")
    too_long = len(plain) > len(str(LARGEST))
    if too_long or (len(plain) > 1 and plain.startswith("0")):
        return digits(plain)
    value = int(plain)
    return year(value) if plain == figures and value in YEARS else cardinal(value)


def spoken_decimal(figures: str) -> str:
    """A number with or without a decimal point: "1.5" is "one point five"."""
    whole, point, part = figures.partition(".")
    words = number(whole) if whole else ""
    return f"{words} point {digits(part)}".strip() if point and part else words
