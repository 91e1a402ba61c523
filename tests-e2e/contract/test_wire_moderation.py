"""Refused lines on the wire: the code, the named line, and never what was written."""

from __future__ import annotations

import httpx
import pytest

from contract.shapes import Shape, each, of, text, url
from contract.test_wire import refused, shaped

pytestmark = pytest.mark.journey
HELP: Shape = {"name": text, "contact": text, "url?": url}
CARE: Shape = {"message": text, "region?": text, "resources": each(of(HELP), 1)}
WRITTEN: Shape = {"affirmations": each(text, 1), "reasoning?": text, "care?": of(CARE)}
HARD = "I want to kill myself."


async def test_a_rejected_line_is_a_400_that_names_it(
    somebody: httpx.AsyncClient, prefix: str
) -> None:
    body = {"title": "T", "voiceId": "nova", "affirmations": ["I am here.", "Heil Hitler, always."]}
    answer = await somebody.post(f"{prefix}/sessions", json=body)
    told = refused(answer, 400, "VALIDATION_ERROR")
    assert told["details"] == {"affirmations[1]": "speaks with hate about people"}
    assert "Hitler" not in answer.text


async def test_self_harm_is_a_400_with_help_and_no_word_the_app_misreads(
    somebody: httpx.AsyncClient, prefix: str
) -> None:
    body = {"title": "T", "voiceId": "nova", "affirmations": [HARD]}
    answer = await somebody.post(f"{prefix}/sessions", json=body)
    told = refused(answer, 400, "VALIDATION_ERROR")
    assert "findahelpline.com" in told["message"]
    assert "connection" not in answer.text.lower()
    assert HARD not in answer.text


async def test_a_hard_struggle_is_answered_with_lines_and_care(
    somebody: httpx.AsyncClient, prefix: str
) -> None:
    answer = await somebody.post(f"{prefix}/affirmations/generate", json={"struggle": HARD})
    written = shaped(answer, WRITTEN)
    assert len(written["affirmations"]) == 4
    assert written["care"]["resources"]
    wish = {"goal": "I am selling drugs"}
    told = refused(
        await somebody.post(f"{prefix}/affirmations/generate", json=wish), 400, "VALIDATION_ERROR"
    )
    assert told["details"] == {"goal": "speaks of something illegal"}


async def test_the_queue_is_nobody_s_but_administrators(
    somebody: httpx.AsyncClient, nobody: httpx.AsyncClient, prefix: str
) -> None:
    for path in ("stats", "flagged"):
        refused(await somebody.get(f"{prefix}/admin/moderation/{path}"), 403, "FORBIDDEN")
        refused(await nobody.get(f"{prefix}/admin/moderation/{path}"), 401, "UNAUTHORIZED")
