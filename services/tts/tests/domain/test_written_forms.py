"""What listeners type besides plain words, and what they expect to hear."""

from __future__ import annotations

from contextlib import suppress

import pytest
from ab_shared.errors import SpeechRefused
from ab_tts.domain.spoken_text import english_words, spoken_text

CASES = {
    "money": [
        ("I earn $10k a month", "I earn ten thousand dollars a month."),
        ("I build a $1.5M company", "I build a one point five million dollars company."),
        ("I save 5€, then 5,50 €", "I save five euros, then five euros fifty cents."),
        ("$5.5", "five point five dollars."),
        ("I give ¥100 and ₹1", "I give one hundred yen and one rupee."),
        ("I carry $3.50.", "I carry three dollars fifty cents."),
    ],
    "units": [
        ("I lift 150 lbs", "I lift one hundred and fifty pounds."),
        ("I run 60 km/h", "I run sixty kilometres per hour."),
        ("I walk 1 mi or 2 mi", "I walk one mile or two miles."),
        ("I stand 5'10\" tall", "I stand five feet ten tall."),
        (
            "It's 72°F, 20°C or 3°",
            "It's seventy-two degrees Fahrenheit, twenty degrees Celsius or three degrees.",
        ),
        ("I rest 8 hrs, 7 days/week", "I rest eight hours, seven days a week."),
    ],
    "dates": [
        ("Since 2026-11-22 I rest", "Since November twenty-second, twenty twenty-six I rest."),
        ("12/25/2026", "December twenty-fifth, twenty twenty-six."),
        ("25/12/2026", "December twenty-fifth, twenty twenty-six."),
        ("Jan. 1st and Sept 5", "January first and September five."),
        ("the '90s and 1980s", "the nineties and nineteen eighties."),
        ("13/13/2026", "thirteen thirteen twenty twenty-six."),
    ],
    "numbers": [
        ("2 1/2 hours, 3/8 of it", "two and a half hours, three eighths of it."),
        ("2½ hours", "two and a half hours."),
        ("10² is x²", "ten squared is x squared."),
        ("call 555-1234 or 911", "call five five five one two three four or nine one one."),
        ("1.000.000 reasons", "one million reasons."),
        (".5 and v2.0", "point five and version two point zero."),
        ("a 6-pack, 30-something", "a six pack, thirty something."),
        ("I am #1, no. 1", "I am number one, number one."),
        (
            "3x a week, 5 \u00d7 5, 10 ÷ 2",
            "three times a week, five times five, ten divided by two.",
        ),
        ("~5 minutes, ≥ 3", "about five minutes, at least three."),
        ("1:1 time at 11:11", "one to one time at eleven eleven."),
        ("World War II, chapter one", "World War two, chapter one."),
        ("I am VI", "I am VI."),
    ],
    "signs": [
        ("I ❤ you, I love ♥ myself", "I love you, I love myself."),
        ("I am calm <3", "I am calm."),
        ("I am 💯", "I am one hundred percent."),
        ("write me@example.com", "write me at example dot com."),
        ("I read example.org daily", "I read example dot org daily."),
        ("🧘 1️⃣ breath ✓ done 👍🏽", "one breath done."),
    ],
    "abbreviations": [
        ("Prof. Lee, Ph.D., etc", "professor Lee, P H D, et cetera."),
        ("Mt. Hope, a.k.a. home", "mount Hope, also known as home."),
        ("I am an M.D. and a CEO", "I am an M.D. and a CEO."),
    ],
}


@pytest.mark.parametrize(
    ("written", "spoken"), [case for cases in CASES.values() for case in cases]
)
def test_what_is_typed_becomes_what_is_said(written: str, spoken: str) -> None:
    assert english_words(spoken_text(written)) == spoken


@pytest.mark.parametrize("sign", ["$", "#", "~", "<3", "1/", "'9", "5'", "°", "v1.", "$1.", "Jan "])
def test_the_longest_run_of_a_sign_is_read_in_no_time(sign: str) -> None:
    text = (sign * 700)[:1000] + " calm"
    with suppress(SpeechRefused):
        assert spoken_text(text).lower().endswith("calm.")
