"""What only several lines say together is not read aloud either."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from ab_session.adapters.word_list_file import load_word_list
from ab_session.domain.moderation.spread import judged_together
from ab_session.domain.moderation.verdict import BUILTIN, Checked, Status, approved
from ab_shared.errors import ValidationFailed
from session_memory.rig import Rig, draft

WORDS = load_word_list()
LIVES = Path(__file__).parent.parent / "domain" / "lines_of_lives.txt"


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    await rig.start()
    yield rig
    await rig.stop()


@pytest.mark.parametrize(
    "lines",
    [
        ("I breathe in.", "I want to kill", "myself tonight."),
        ("I breathe in.", "I want", "to die"),
        ("kill", "my", "self"),
        ("I want to", "end", "my own", "life."),
        ("sui", "cide"),
        ("I am calm and kind. " * 20 + "I will kill", "myself. " + "I am calm. " * 20),
    ],
)
async def test_a_sentence_over_several_lines_is_found_and_answered_with_help(
    rig: Rig, lines: tuple[str, ...]
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await rig.create(draft(*lines))
    assert "help" in refused.value.details
    assert rig.reserved == []


async def test_the_last_of_them_is_named_and_fine_by_itself(rig: Rig) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await rig.create(draft("I want to kill", "myself", "I breathe."))
    assert set(refused.value.details) == {"affirmations.1", "help"}
    assert (await rig.create(draft("I trust", "myself", "I breathe."))).created


def of_lines(lines: list[str]) -> list[Checked]:
    return [Checked("line", at, line, line, approved(BUILTIN)) for at, line in enumerate(lines)]


def test_ordinary_lines_stay_ordinary_in_any_order() -> None:
    lines = LIVES.read_text("utf-8").splitlines()
    for step in (1, 3, 7, 11, 29):
        order = [line for first in range(step) for line in lines[first::step]]
        found = judged_together(WORDS, of_lines(order))
        pairs = pairwise(found)
        assert [(a.text, b.text) for a, b in pairs if b.verdict.status is Status.REJECTED] == []


def test_the_longest_draft_is_judged_in_time() -> None:
    began = time.process_time()
    judged_together(WORDS, of_lines([("k1ll my se1f ! " * 40)[:500]] * 50))
    # Nothing else is answered meanwhile; a pattern that goes back and forth takes far longer.
    assert time.process_time() - began < 1
