from __future__ import annotations

import pytest
from ab_shared.errors import SpeechRefused
from ab_tts.domain.spoken_text import (
    BREATH,
    LONGEST_SPOKEN,
    breaths,
    english_words,
    spoken_text,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("I am calm", "I am calm."),
        ("  I  am\tcalm!!! ", "I am calm!"),
        ("I AM CALM AND I REST", "I am calm and I rest."),
        ("I rest… deeply", "I rest. deeply."),
        ("I breathe\nI rest", "I breathe. I rest."),
        ("- one breath\n- two breaths", "one breath. two breaths."),
        ("“I trust myself” \u2013 always", "I trust myself — always."),
        ("I don't 'hurry'", "I don't hurry."),
        ("My well-being matters -", "My well-being matters."),
        ("hello.World", "hello. World."),
        ("I rest (deeply) and/or sleep", "I rest, deeply, and or sleep."),
        ("I ❤️ my life 😀", "I love my life."),
        ("**I am** [here](http://x.y) <b>now</b> &amp; free", "I am here now and free."),
        ("See https://example.org/a?b=c for calm", "See for calm."),
        ("<script>alert(1)</script>I rest", "alert, one, I rest."),
        ("a\x00b\u202ec", "a b c."),
        ("\uff29 \uff41\uff4d 𝓬𝓪𝓵𝓶, ﬁne", "I am calm, fine."),
        ("I run 5km at 7:30am", "I run five kilometres at seven thirty a.m."),
        ("I wake at 6:05 and at 7 am", "I wake at six oh five and at seven a.m."),
        ("I rest at 9:00", "I rest at nine o'clock."),
        ("I am 100% here", "I am one hundred percent here."),
        ("I saved $1,250.50", "I saved one thousand two hundred and fifty dollars fifty cents."),
        ("I saved £1.01", "I saved one pound one penny."),
        ("the 1st and 22nd of 24", "the first and twenty-second of twenty-four."),
        ("3.5 hours, 10-15 breaths", "three point five hours, ten to fifteen breaths."),
        ("½ a day, 24/7", "one half a day, twenty-four seven."),
        ("Dr. Smith, e.g. w/ me", "doctor Smith, for example with me."),
        ("I love the U.S.A.", "I love the U.S.A."),
        ("शांति में हूँ", "शांति में हूँ."),
    ],
)
def test_what_is_written_becomes_what_is_said(written: str, spoken: str) -> None:
    assert spoken_text(written) == spoken


@pytest.mark.parametrize(
    "written",
    ["", " \t\n", "...", "😀 ❤️", "\x00\x01", "<b></b>", "—", "https://example.org", "'\"'"],
)
def test_a_text_without_words_is_refused(written: str) -> None:
    with pytest.raises(SpeechRefused):
        spoken_text(written)


@pytest.mark.parametrize("written", ["9" * 500, "a" * 2001])
def test_a_text_too_long_to_speak_is_refused(written: str) -> None:
    with pytest.raises(SpeechRefused, match="too long"):
        spoken_text(written)


def test_an_english_voice_keeps_latin_words_and_folds_their_marks() -> None:
    assert english_words("naïve café in Łódź.") == "naive cafe in Lodz."
    assert english_words("I say namaste नमस्ते, and rest.") == "I say namaste, and rest."


@pytest.mark.parametrize(
    "spoken", ["אני רגוע.", "أنا هادئ.", "Я спокоен.", "我很平静.", "Я спокоен ok."]
)
def test_an_english_voice_refuses_another_script(spoken: str) -> None:
    with pytest.raises(SpeechRefused, match="another script"):
        english_words(spoken)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=500))
@example("\ud800 a")
@example("\u202e\u0645\x00a\U0001f600\ufe0f")
@example("1:2/3$4.5%6-7")
@example("ﷺ" * 120)
@example("&#0;&#x110000;a")
def test_any_text_is_spoken_or_refused(written: str) -> None:
    try:
        spoken = spoken_text(written)
    except SpeechRefused:
        return
    assert spoken[-1] in ".!?"
    assert len(spoken) <= LONGEST_SPOKEN + 1
    assert any(char.isalnum() for char in spoken)
    assert not any(char in "\x00<>\u202e\ufe0f\n" or char in "0123456789" for char in spoken)
    try:
        english = english_words(spoken)
    except SpeechRefused:
        return
    assert english
    assert all(ord(char) < 0x250 or char == "—" for char in english)


@given(st.text(alphabet="ab, .;—!é", min_size=1, max_size=700), st.integers(1, 250))
def test_breaths_are_short_and_lose_no_letter(spoken: str, limit: int) -> None:
    pieces = breaths(spoken, limit)
    assert all(len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(spoken.split())


def test_a_long_line_is_cut_where_a_reader_breathes() -> None:
    sentence = "I breathe in slowly, I breathe out slowly, and my shoulders soften."
    pieces = breaths(" ".join([sentence] * 4))
    assert all(piece.endswith(".") for piece in pieces)
    assert all(len(piece) <= BREATH for piece in pieces)
