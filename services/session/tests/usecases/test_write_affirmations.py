"""Lines on request: as many as asked for, other ones each time."""

from __future__ import annotations

from ab_session.adapters.phrase_book import load_phrases
from ab_session.domain.writing_rules import set_complaints
from ab_session.usecases.write_affirmations import WriteAffirmations
from ab_shared.contracts import affirmations


async def test_lines_are_new_each_time_and_explained() -> None:
    write = WriteAffirmations(load_phrases())
    request = affirmations.WriteAffirmations(user_id="u", goal="sleep through the night", count=12)
    answers = [await write(request) for _ in range(5)]
    assert len({answer.lines for answer in answers}) == 5
    assert {len(answer.lines) for answer in answers} == {12}
    assert [set_complaints(answer.lines) for answer in answers] == [[]] * 5
    assert answers[0].reasoning == (
        "Value anchors (honour, value, respect, trust) for sleep: "
        "they rest on what you hold dear already."
    )
