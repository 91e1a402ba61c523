from __future__ import annotations

import pytest
from ab_tts.domain.word_times import Alignment, word_spans
from hypothesis import given
from hypothesis import strategies as st

TEXT = "I rest, now."


def aligned(text: str, *, seconds: float = 0.1) -> Alignment:
    starts = tuple(index * seconds for index in range(len(text)))
    return Alignment(tuple(text), starts, tuple(start + seconds for start in starts))


def test_each_word_has_its_place_and_its_time() -> None:
    spans = word_spans(TEXT, aligned(TEXT))
    assert [(TEXT[s.first : s.last], s.start_ms, s.end_ms) for s in spans] == [
        ("I", 0, 100),
        ("rest,", 200, 700),
        ("now.", 800, 1200),
    ]


@given(st.text(max_size=60))
def test_words_are_all_there_is_but_blanks(text: str) -> None:
    spans = word_spans(text, aligned(text))
    assert [text[span.first : span.last] for span in spans] == text.split()


@pytest.mark.parametrize(
    "alignment",
    [
        aligned("I rest, then."),
        aligned(TEXT[:-1]),
        Alignment(tuple(TEXT), (0.0,), (0.1,)),
        Alignment(tuple(TEXT), aligned(TEXT).ends, aligned(TEXT).starts[::-1]),
    ],
    ids=["another text", "cut short", "times missing", "backwards"],
)
def test_no_times_are_better_than_wrong_ones(alignment: Alignment) -> None:
    assert word_spans(TEXT, alignment) == ()
