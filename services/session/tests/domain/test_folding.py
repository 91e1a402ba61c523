"""Spellings of one sentence have one key, and other sentences have others."""

from __future__ import annotations

import pytest
from ab_session.domain.moderation.folding import folded
from hypothesis import given
from hypothesis import strategies as st

PLAIN = "i polish my silver spoons daily"


@pytest.mark.parametrize(
    "spelled",
    [
        "I polish my silver spoons daily",
        "i polish my silver spoons daily!",
        " I  polish\tmy silver\u00a0spoons daily. ",
        "I polish, my \u2018silver\u2019-spoons\u2026 (daily)?!",
        "I POLISH my silver sp\u200boons daily",
    ],
)
def test_case_space_and_punctuation_make_no_difference(spelled: str) -> None:
    assert folded(spelled) == PLAIN


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("I kiIl time", "I kiil time"),
        ("what an @dder", "what an dder"),
        ("sh!p", "sh p"),
        ("I earn 5", "I earn 6"),
        ("r\u00e9sum\u00e9", "resume"),
        ("?!", "..."),
        ("I rest", "Irest"),
    ],
)
def test_what_reads_otherwise_has_another_key(one: str, another: str) -> None:
    assert folded(one) != folded(another)


@given(st.text(alphabet=st.characters(categories=["Ll", "Nd", "Zs"]), min_size=1))
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert folded(f"{once}.") == once
