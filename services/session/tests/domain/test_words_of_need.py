"""The list finds what people in need write, and lets pass what those write who heal or thrive."""

from __future__ import annotations

from pathlib import Path

import pytest
from ab_session.adapters.word_list_file import load_word_list
from ab_session.domain.moderation.verdict import SELF_HARM

WORDS = load_word_list()
HERE = Path(__file__).parent
# Direct, veiled and misspelt. What is more veiled is for the vendor and for people.
IN_NEED = (HERE / "lines_in_need.txt").read_text("utf-8").splitlines()
# Of many goals; also of grief, recovery, faith, sport and medicine, and of wordplay.
OF_LIVES = (HERE / "lines_of_lives.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("line", IN_NEED)
def test_need_is_heard(line: str) -> None:
    verdict = WORDS.judge(line)
    assert (verdict.category, verdict.care) == (SELF_HARM, True)


@pytest.mark.parametrize("line", OF_LIVES)
def test_ordinary_lives_pass(line: str) -> None:
    assert WORDS.judge(line).category is None


def test_there_are_many_of_both() -> None:
    assert len(IN_NEED) >= 90
    assert len(OF_LIVES) >= 300


@pytest.mark.parametrize(
    "line",
    [
        *("I survived my suicide attempt and I kill myself.", "I am no longer suicidal: I want to"),
        *("I lost my brother to suicide, and I will end my life.", "I cannot stop hurting myself."),
        *("I believe in the master race.", "I am free from self harm: suicide."),
    ],
)
def test_harmless_words_hide_nothing(line: str) -> None:
    found = WORDS.judge(line if not line.endswith("to") else f"{line} die.")
    assert found.category in {SELF_HARM, "hate"}


@pytest.mark.parametrize(
    "line",
    [
        *("kiII myself", "\N{LATIN LETTER SMALL CAPITAL K}ill myself", "sui cide", "sui-cide"),
        *("su\N{SLIGHTLY SMILING FACE}icide", "su\u3164icide", "su\u2800icide", "su\u115ficide"),
        *("".join(chr(0x1F1E6 + ord(s) - 97) for s in "suicide"), "\u0461ant to die"),
        *("".join(chr(0x1F170 + ord(s) - 97) for s in "suicide"), "\u0199ill myself"),
    ],
)
def test_other_letters_hide_nothing(line: str) -> None:
    assert WORDS.judge(f"I {line} now").category == SELF_HARM


@pytest.mark.parametrize("age", ["a 12 year old", "a twelve year old girl", "my 9 yr old"])
def test_a_childs_age_is_no_disguise(age: str) -> None:
    assert WORDS.judge(f"I have sex with {age}").category == "sexual_minors"
    assert WORDS.judge(f"I read with {age}").category is None


def test_grown_ups_are_no_children() -> None:
    assert WORDS.judge("I enjoy sex with a 25 year old partner").category is None
