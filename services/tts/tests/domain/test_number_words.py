from __future__ import annotations

import pytest
from ab_tts.domain.number_words import LARGEST, cardinal, digits, number, ordinal
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (42, "forty-two"),
        (100, "one hundred"),
        (101, "one hundred and one"),
        (1250, "one thousand two hundred and fifty"),
        (1_000_000, "one million"),
        (2_000_003, "two million three"),
    ],
)
def test_a_cardinal_reads_as_a_person_says_it(value: int, words: str) -> None:
    assert cardinal(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "first"),
        (12, "twelfth"),
        (20, "twentieth"),
        (23, "twenty-third"),
        (100, "one hundredth"),
    ],
)
def test_an_ordinal_bends_its_last_word(value: int, words: str) -> None:
    assert ordinal(value) == words


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ("1984", "nineteen eighty-four"),
        ("1,984", "one thousand nine hundred and eighty-four"),
        ("1900", "nineteen hundred"),
        ("1905", "nineteen oh five"),
        ("2000", "two thousand"),
        ("2007", "two thousand and seven"),
        ("2024", "twenty twenty-four"),
        ("007", "zero zero seven"),
        ("9999999999999", " ".join(["nine"] * 13)),
    ],
)
def test_a_run_of_figures_is_a_year_a_number_or_digits(figures: str, words: str) -> None:
    assert number(figures) == words


def test_digits_are_read_one_by_one() -> None:
    assert digits("07") == "zero seven"


@given(st.integers(min_value=0, max_value=LARGEST), st.integers(min_value=0, max_value=LARGEST))
def test_different_numbers_have_different_words(one: int, other: int) -> None:
    assert (cardinal(one) == cardinal(other)) == (one == other)
