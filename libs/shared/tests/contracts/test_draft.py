"""What a listener may write: lines that can be spoken, and a title."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from ab_shared.contracts.http import CredentialsIn, DraftSession
from ab_shared.contracts.writing import MAX_LINES, Line, Title
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

LINE: TypeAdapter[str] = TypeAdapter(Line)
TITLE: TypeAdapter[str] = TypeAdapter(Title)
DRAFT: dict[str, Any] = {"title": "Calm", "affirmations": ["I rest."], "voiceId": "nova"}


def complaint(adapter: TypeAdapter[str], text: str) -> str:
    with pytest.raises(ValidationError) as refusal:
        adapter.validate_python(text)
    (row,) = refusal.value.errors()
    return row["msg"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  I rest.\n", "I rest."),
        ("\u00a0I rest.\u2003", "I rest."),
        ("I love my cafe\u0301", "I love my caf\u00e9"),
        ("I rest 😴", "I rest 😴"),
        ("1 2 3", "1 2 3"),
        ("I <b>rest</b>", "I <b>rest</b>"),
        ("2 < 3 and 3 > 2", "2 < 3 and 3 > 2"),
        ("naïve Åse, señor, Straße", "naïve Åse, señor, Straße"),
        ("I don\u02bct hurry", "I don't hurry"),
        ("I rest \u2163 times", "I rest \u2163 times"),  # a Roman four in one sign
        ("I walk \u00bd a mile", "I walk \u00bd a mile"),
        (
            "I\u200d rest\u200c now\u200e and\u200f here",
            "I\u200d rest\u200c now\u200e and\u200f here",
        ),
    ],
)
def test_a_line_is_trimmed_and_composed(written: str, kept: str) -> None:
    assert LINE.validate_python(written) == kept


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd", "Zs", "Mn"], max_codepoint=0x24F)))
def test_a_line_that_was_taken_is_taken_again_as_it_is(text: str) -> None:
    try:
        kept = LINE.validate_python(text)
    except ValidationError:
        return
    assert kept == LINE.validate_python(kept) == unicodedata.normalize("NFC", kept).strip()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("I rest\nand sleep", "control characters"),
        ("I\trest", "control characters"),
        ("I rest\0", "control characters"),
        ("I rest\x7f now", "control characters"),
        ("...", "at least one word"),
        ("😴", "at least one word"),
        ("<break time='1s'/>", "at least one word"),
        ("<p></p> !", "at least one word"),
        ("Я отдыхаю", "Latin letters"),
        ("I rest 休", "Latin letters"),
        ("I r\u0435st", "Latin letters"),  # the e is Cyrillic
        ("<i>x</i> ελπίδα", "Latin letters"),
        ("I take \u0663 breaths", "plain digits"),  # an Arabic three
        ("I take \u096b breaths", "plain digits"),  # a Devanagari five
        ("\u200b", "empty"),
        (" \u2060\u200d \ufeff", "empty"),
        ("I rest\u2028and sleep", "control characters"),
        ("I rest\u2029and sleep", "control characters"),
        *((f"I {sign}rest", "control characters") for sign in "\u202a\u202b\u202c\u202d\u202e"),
        *((f"I {sign}rest", "control characters") for sign in "\u2066\u2067\u2068\u2069"),
    ],
)
def test_a_line_nobody_could_speak_is_refused(line: str, why: str) -> None:
    assert why in complaint(LINE, line)


@pytest.mark.parametrize(("adapter", "limit"), [(LINE, 500), (TITLE, 200)])
def test_length_counts_after_trimming_and_composing(adapter: TypeAdapter[str], limit: int) -> None:
    assert adapter.validate_python(f" {'a' * limit} ") == "a" * limit
    assert len(adapter.validate_python("e\u0301" * limit)) == limit
    assert f"at most {limit}" in complaint(adapter, "a" * (limit + 1))


@pytest.mark.parametrize("text", ["I rest \ud800", "\udfff"])
def test_half_a_sign_is_refused(text: str) -> None:
    assert complaint(LINE, text)


def test_a_title_may_be_in_any_script() -> None:
    assert TITLE.validate_python(" Покой 😴 ") == "Покой 😴"
    assert TITLE.validate_python("Покой\u200c 👩\u200d🚀") == "Покой\u200c 👩\u200d🚀"
    for nothing in ("  ", "\u200b", "\u200b \u2060\u200e", "\ufe0f"):
        assert "empty" in complaint(TITLE, nothing)
    assert "control" in complaint(TITLE, "a\u202eb")
    assert "control" in complaint(TITLE, "a\0b")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"affirmations": []},
        {"affirmations": ["I rest."] * (MAX_LINES + 1)},
        {"affirmations": ["I rest.", "..."]},
        {"voiceId": ""},
        {"voiceId": "a" * 65},
        {"goalTag": "a" * 65},
        {"pace": "fast"},
        {"solfeggioHz": 0},
        {"frequencyHz": 0},
        {"frequencyHz": "nan"},
        {"localDraftId": "mine"},
    ],
    ids=str,
)
def test_a_draft_that_breaks_a_rule_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refusal:
        DraftSession.model_validate(DRAFT | wrong)
    assert {row["loc"][0] for row in refusal.value.errors()} == set(wrong)


def test_a_draft_needs_three_things_and_ignores_strangers() -> None:
    draft = DraftSession.model_validate(DRAFT | {"binauralHz": 3, "ownerUserId": "me"})
    assert (draft.title, draft.affirmations, draft.voice_id) == ("Calm", ["I rest."], "nova")
    assert draft.model_dump(exclude_none=True, by_alias=True) == DRAFT
    for name in DRAFT:
        with pytest.raises(ValidationError):
            DraftSession.model_validate({key: value for key, value in DRAFT.items() if key != name})


def test_as_many_lines_as_allowed_are_taken_in_order() -> None:
    lines = [f"I take step {n}" for n in range(MAX_LINES)]
    assert DraftSession.model_validate(DRAFT | {"affirmations": lines}).affirmations == lines


@pytest.mark.parametrize(
    "email", ["", "ann", "ann@", "@b.c", "a b@c.d", "a@b", "a\n@b.c", "a@b@c.d"]
)
def test_an_address_that_is_none_is_refused(email: str) -> None:
    assert CredentialsIn(email="ann@example.com", password="0123456789")
    with pytest.raises(ValidationError) as refusal:
        CredentialsIn(email=email, password="0123456789")
    assert "must be an e-mail address" in str(refusal.value) or "control" in str(refusal.value)


def test_blanks_around_an_address_are_not_part_of_it() -> None:
    given = CredentialsIn(email=" \u00a0ann@example.com\n", password="0123456789")
    assert given.email == "ann@example.com"
    longest = "a" * 242 + "@example.com"
    assert CredentialsIn(email=f" {longest} ", password="0123456789").email == longest
    with pytest.raises(ValidationError, match="at most 254"):
        CredentialsIn(email=f"a{longest}", password="0123456789")
