"""Help with writing, as the product page says: lines, their reason, a title, and who may ask."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from ab_session.domain.writing_rules import set_complaints

from contract.shapes import Shape, each, text
from contract.test_wire import refused, shaped

pytestmark = pytest.mark.journey
WRITTEN: Shape = {"affirmations": each(text, 1), "reasoning?": text}
TITLE: Shape = {"title": text}
WISH = {"sessionType": "sleep", "struggle": "my mind races", "goal": "rest at night", "extra": 1}


@pytest.mark.parametrize("count", [None, 6, 12, 24])
async def test_lines_are_as_many_as_asked_for_and_four_otherwise(
    somebody: httpx.AsyncClient, prefix: str, count: int | None
) -> None:
    body = WISH if count is None else {**WISH, "count": count}
    answer = await somebody.post(f"{prefix}/affirmations/generate", json=body)
    written = shaped(answer, WRITTEN)
    assert len(written["affirmations"]) == (count or 4)
    assert set_complaints(written["affirmations"]) == []
    assert "sleep" in written["reasoning"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"goal": "g" * 10_000}, "goal"),
        ({"struggle": "s" * 10_000}, "struggle"),
        ({"count": 0}, "count"),
        ({"count": 1000}, "count"),
        ({"goal": 7}, "goal"),
    ],
)
async def test_a_wish_that_is_none_is_a_400_that_names_its_field(
    somebody: httpx.AsyncClient, prefix: str, body: Any, field: str
) -> None:
    answer = await somebody.post(f"{prefix}/affirmations/generate", json=body)
    told = refused(answer, 400, "VALIDATION_ERROR")
    assert field in told["details"]


async def test_nobody_has_anything_written(nobody: httpx.AsyncClient, prefix: str) -> None:
    for path in ("generate", "suggest-title"):
        answer = await nobody.post(f"{prefix}/affirmations/{path}", json={})
        refused(answer, 401, "UNAUTHORIZED")


async def test_the_sixth_in_a_minute_waits(somebody: httpx.AsyncClient, prefix: str) -> None:
    path = f"{prefix}/affirmations/generate"
    answers = [await somebody.post(path, json={}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_title_is_suggested(somebody: httpx.AsyncClient, prefix: str) -> None:
    body = {"goal": "rest at night", "goalTag": "sleep", "affirmations": ["I rest at night."]}
    answer = await somebody.post(f"{prefix}/affirmations/suggest-title", json=body)
    assert shaped(answer, TITLE)["title"]


async def test_prompts_are_nobodys_but_administrators(
    somebody: httpx.AsyncClient, prefix: str
) -> None:
    refused(await somebody.get(f"{prefix}/admin/ai-sources"), 403, "FORBIDDEN")
