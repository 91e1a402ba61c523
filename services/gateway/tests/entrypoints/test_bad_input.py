"""Everything a client can send that it should not, and what it gets for it."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from ab_shared.contracts import rpc
from ab_shared.errors import (
    DependencyUnavailable,
    FreeLimitReached,
    InvalidMessage,
    ObjectMissing,
    SpeechRefused,
)

SECRET = "I keep this sentence to myself"
GOOD: dict[str, Any] = {"title": "Calm", "voiceId": "nova", "affirmations": [SECRET]}


def with_line(line: str) -> dict[str, Any]:
    return {**GOOD, "affirmations": [SECRET, line]}


def with_lines(count: int) -> dict[str, Any]:
    return {**GOOD, "affirmations": [f"Line {n}" for n in range(count)]}


REFUSED = {
    "no body": (b"", "body"),
    "broken JSON": (b'{"title": "x", ', "body"),
    "not an object": (b'["x"]', "body"),
    "not UTF-8": (b'{"title": "\xff\xfe"}', "body"),
    "deep nesting": (b"[" * 50_000, "body"),
    "a huge number": (b'{"solfeggioHz": ' + b"9" * 6000 + b"}", "body"),
    "half a surrogate pair": (b'{"title": "\\ud800", "voiceId": "nova"}', "body"),
    "no lines field": ({"title": "x", "voiceId": "nova"}, "affirmations"),
    "no lines": (with_lines(0), "affirmations"),
    "51 lines": (with_lines(51), "affirmations"),
    "an empty line": (with_line(""), "affirmations[1]"),
    "a blank line": (with_line(" \t\n "), "affirmations[1]"),
    "2,000 characters": (with_line("a" * 2000), "affirmations[1]"),
    "501 characters": (with_line("a" * 501), "affirmations[1]"),
    "a NUL byte": (with_line("I am\x00calm"), "affirmations[1]"),
    "a control character": (with_line("I am\x07calm"), "affirmations[1]"),
    "a line feed inside": (with_line("I am\ncalm"), "affirmations[1]"),
    "nothing but emoji": (with_line("🌙✨"), "affirmations[1]"),
    "right to left": (with_line("أنا هادئ ومستريح"), "affirmations[1]"),
    "right to left beside words": (with_line("I say سلام and mean it"), "affirmations[1]"),
    "nothing but markup": (with_line("<b></b>"), "affirmations[1]"),
    "a number for a line": ({**GOOD, "affirmations": [5]}, "affirmations[0]"),
    "lines that are no list": ({**GOOD, "affirmations": "I rest"}, "affirmations"),
    "an empty title": ({**GOOD, "title": "  "}, "title"),
    "a long title": ({**GOOD, "title": "x" * 201}, "title"),
    "NUL in the goal": ({**GOOD, "goalTag": "sl\x00eep"}, "goalTag"),
    "a long goal": ({**GOOD, "goalTag": "x" * 65}, "goalTag"),
    "NUL in the voice": ({**GOOD, "voiceId": "no\x00va"}, "voiceId"),
    "another pace": ({**GOOD, "pace": "fast"}, "pace"),
    "a draft id that is none": ({**GOOD, "localDraftId": "7"}, "localDraftId"),
    "a tone below hearing": ({**GOOD, "solfeggioHz": 0}, "solfeggioHz"),
    "a tone that is no number": (b'{"title":"x","solfeggioHz":NaN}', "solfeggioHz"),
}


@pytest.mark.parametrize(("body", "named"), REFUSED.values(), ids=REFUSED.keys())
async def test_names_the_field_and_repeats_no_text(world: Any, body: Any, named: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {**world.auth(), "Content-Type": "application/json"}
    answer = await world.client.post("/v1/sessions", content=content, headers=headers)
    assert answer.status_code == 400
    error = answer.json()
    assert error["code"] == "VALIDATION_ERROR"
    assert named in error["details"]
    assert error["requestId"].isalpha()
    assert SECRET not in answer.text
    assert not world.services.asked_for(rpc.CreateSession)
    assert not world.answers.slots


ACCEPTED = {
    "emoji beside words": "I breathe slowly 🌙",
    "markup": "I am <b>calm</b> & <script>free</script>",
    "500 characters": "a" * 500,
    "blanks around": "  I rest  ",
    "decomposed accents": "I dream of cafe\u0301",
}


@pytest.mark.parametrize("line", ACCEPTED.values(), ids=ACCEPTED.keys())
async def test_takes_what_can_be_spoken(world: Any, line: str) -> None:
    answer = await world.client.post("/v1/sessions", json=with_line(line), headers=world.auth())
    assert answer.status_code == 201
    sent = world.services.asked_for(rpc.CreateSession)[0].draft.lines[1]
    assert sent == line.strip().replace("e\u0301", "é")


@pytest.mark.parametrize("voice", ["nobody", "NOVA", "🌙"])
async def test_leaves_unknown_voices_and_goals_to_the_fallback(world: Any, voice: str) -> None:
    draft = {**GOOD, "voiceId": voice, "goalTag": "Anything At All"}
    answer = await world.client.post("/v1/sessions", json=draft, headers=world.auth())
    assert answer.status_code == 201
    sent = world.services.asked_for(rpc.CreateSession)[0].draft
    assert (sent.voice_id, sent.goal_tag) == (voice, "Anything At All")


async def test_ignores_unknown_fields_and_null_optionals(world: Any) -> None:
    draft = {**GOOD, "pace": None, "goalTag": None, "ownerUserId": "somebody", "duration": 60}
    answer = await world.client.post("/v1/sessions", json=draft, headers=world.auth())
    assert answer.status_code == 201
    assert world.services.asked_for(rpc.CreateSession)[0].user_id == "user_1"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "nonsense"])
async def test_refuses_another_content_type(world: Any, kind: str) -> None:
    headers = {**world.auth(), "Content-Type": kind}
    content = json.dumps(GOOD).encode()
    answer = await world.client.post("/v1/sessions", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert "Content-Type" in answer.json()["details"]


async def test_refuses_ten_megabytes_by_what_is_declared(world: Any) -> None:
    body = b'{"title":"' + b"x" * 10_000_000 + b'"}'
    answer = await world.client.post("/v1/sessions", content=body, headers=world.auth())
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")


async def test_refuses_ten_megabytes_while_they_stream(world: Any) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10_000_000:
            sent += 65_536
            yield b" " * 65_536

    answer = await world.client.post("/v1/sessions", content=endless(), headers=world.auth())
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert sent < 1_000_000


@pytest.mark.parametrize("bad", ["42", "not-a-uuid", "1c261e4b7009482a928e5b1b46700c99", "%00"])
@pytest.mark.parametrize("path", ["", "/playback-bundle", "/audio-report"])
async def test_refuses_a_session_id_that_is_no_uuid(world: Any, bad: str, path: str) -> None:
    answer = await world.client.get(f"/v1/sessions/{bad}{path}", headers=world.auth())
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_SESSION_ID")


async def test_refuses_a_job_id_that_is_no_uuid(world: Any) -> None:
    answer = await world.client.get("/v1/jobs/42", headers=world.auth())
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "NOT_FOUND"),
        ("GET", "/nothing/../etc/passwd", 404, "NOT_FOUND"),
        ("GET", "/v1/sessions/", 404, "NOT_FOUND"),
        ("DELETE", "/v1/health", 405, "VALIDATION_ERROR"),
        ("PUT", "/sessions", 405, "VALIDATION_ERROR"),
        ("GET", "/v1/sessions?limit=many", 400, "VALIDATION_ERROR"),
    ],
)
async def test_answers_what_the_framework_refuses_as_an_api_error(
    world: Any, method: str, path: str, status: int, code: str
) -> None:
    answer = await world.client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/json"
    if status == 405:
        assert answer.headers["allow"]


async def test_clamps_pages_instead_of_refusing_them(world: Any) -> None:
    for query, limit, offset in (("limit=0", 1, 0), ("limit=5000&offset=-3", 100, 0)):
        answer = await world.client.get(f"/v1/sessions?{query}")
        assert (answer.json()["limit"], answer.json()["offset"]) == (limit, offset)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (FreeLimitReached("Both generations of today are spent"), 403, "FREE_LIMIT_REACHED"),
        (SpeechRefused("Line 1 can't be spoken"), 400, "VALIDATION_ERROR"),
        (DependencyUnavailable("postgres connection lost"), 503, "SERVICE_UNAVAILABLE"),
        (InvalidMessage("secret internals"), 500, "INTERNAL_ERROR"),
        (ObjectMissing("tracks/aaaa"), 500, "ASSET_ERROR"),
        (ZeroDivisionError("boom"), 500, "INTERNAL_ERROR"),
    ],
)
async def test_passes_refusals_on_and_hides_failures(
    world: Any, error: Exception, status: int, code: str
) -> None:
    world.refuse(error)
    answer = await world.client.post("/v1/sessions", json=GOOD, headers=world.auth(kid="ed"))
    if not world.services.asked_for(rpc.CreateSession):
        pytest.fail("the session service was never asked")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    for word in ("connection", "internals", "boom", "Traceback", "tracks/aaaa"):
        assert word not in answer.text
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_service_that_is_away_is_503_within_its_timeout(world: Any) -> None:
    headers = world.auth()
    await world.client.get("/v1/me", headers=headers)
    world.broker.available = False
    answer = await world.client.post("/v1/sessions", json=GOOD, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"]


async def test_a_bug_is_a_500_without_a_stack(
    world: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(world.app.state, "parts")
    with caplog.at_level(logging.ERROR, "ab.gateway"):
        answer = await world.client.get(f"/v1/sessions/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (500, "INTERNAL_ERROR")
    assert answer.json()["requestId"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    assert any(record.exc_info for record in caplog.records)
