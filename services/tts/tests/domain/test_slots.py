from __future__ import annotations

from ab_tts.domain.slots import Slots, answered, crowded, heard
from hypothesis import given
from hypothesis import strategies as st

BEGIN = Slots(limit=2, most=15)
COUNTS = st.integers(min_value=0, max_value=40)


def test_the_vendors_maximum_is_the_bound() -> None:
    told = heard(BEGIN, maximum=5, current=2, mine=2)
    assert (BEGIN.open, told.open) == (2, 5)
    assert answered(answered(told)).open == 5


def test_what_others_use_is_theirs() -> None:
    assert heard(BEGIN, maximum=5, current=5, mine=2).open == 2
    assert heard(BEGIN, maximum=5, current=9, mine=1).open == 1


def test_a_refused_call_makes_room_until_the_vendor_says_otherwise() -> None:
    told = heard(BEGIN, maximum=5, current=5, mine=5)
    assert crowded(told, busy=5).open == 4
    assert heard(crowded(told, busy=5), maximum=5, current=3, mine=3).open == 5


def test_without_a_word_it_grows_by_one_and_halves() -> None:
    slots = Slots(limit=4, most=8)
    for _ in range(5):
        slots = answered(slots)
    assert slots.open == 5
    assert crowded(slots, busy=5).open == 2


@given(st.lists(st.tuples(st.sampled_from(["heard", "answered", "crowded"]), COUNTS, COUNTS)))
def test_never_above_what_was_told_nor_below_one(steps: list[tuple[str, int, int]]) -> None:
    slots = BEGIN
    for step, one, other in steps:
        if step == "heard":
            slots = heard(slots, maximum=one, current=other, mine=min(one, other))
        else:
            slots = answered(slots) if step == "answered" else crowded(slots, busy=one)
        assert 1 <= slots.open <= max(1, min(slots.most, slots.told or slots.most))
