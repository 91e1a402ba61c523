"""What cannot be used is refused by name, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from ab_client.api import ApiClient

pytestmark = pytest.mark.journey

GOOD: dict[str, Any] = {"title": "Day", "affirmations": ["I breathe slowly"], "voiceId": "nova"}


@pytest.fixture
async def http(gateway_url: str, user: ApiClient) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": str(user.authorization)}
    async with httpx.AsyncClient(base_url=gateway_url, headers=headers) as client:
        yield client


REFUSED = {
    "no lines": GOOD | {"affirmations": []},
    "51 lines": GOOD | {"affirmations": [f"I count to {n}" for n in range(51)]},
    "an empty line": GOOD | {"affirmations": ["I rest", "   "]},
    "a 2,000-character line": GOOD | {"affirmations": ["a" * 2000]},
    "a control character": GOOD | {"affirmations": ["I rest\x07"]},
    "a NUL byte": GOOD | {"affirmations": ["I rest\x00deeply"]},
    "only emoji": GOOD | {"affirmations": ["🌙✨"]},
    "another script": GOOD | {"affirmations": ["אני נושם לאט ובשקט"]},
    "two scripts": GOOD | {"affirmations": ["I breathe slowly, אני נושם"]},
    "only markup": GOOD | {"affirmations": ["<speak></speak>"]},
    "no title": {key: value for key, value in GOOD.items() if key != "title"},
    "no voice": {key: value for key, value in GOOD.items() if key != "voiceId"},
    "lines that are no list": GOOD | {"affirmations": "I rest"},
    "another pace": GOOD | {"pace": "fast"},
    "a draft id that is no UUID": GOOD | {"localDraftId": "seven"},
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
async def test_a_refused_draft_leaves_nothing(
    http: httpx.AsyncClient, count_rows: Any, body: dict[str, Any]
) -> None:
    before = await count_rows()
    answer = await http.post("/v1/sessions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["requestId"].isalpha()
    assert "I rest" not in answer.text
    assert await count_rows() == before


RAW = {
    "broken JSON": (b'{"title": ', "application/json", 400, "VALIDATION_ERROR"),
    "no JSON": (b"title=Day", "application/x-www-form-urlencoded", 400, "VALIDATION_ERROR"),
    "10 MB": (b"[" + b" " * 10_000_000 + b"]", "application/json", 413, "PAYLOAD_TOO_LARGE"),
    "a list": (b"[]", "application/json", 400, "VALIDATION_ERROR"),
    "bytes that are no UTF-8": (b'{"title":"\xff"}', "application/json", 400, "VALIDATION_ERROR"),
}


@pytest.mark.parametrize(("body", "content_type", "status", "code"), RAW.values(), ids=RAW.keys())
async def test_a_refused_body(
    http: httpx.AsyncClient, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = await http.post("/v1/sessions", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


TOKENS = {
    "none": None,
    "no bearer": "Basic dXNlcjpwYXNz",
    "garbage": "Bearer garbage",
    "forged": "Bearer " + jwt.encode({"sub": "user_1", "exp": 9e9}, "k" * 32, algorithm="HS256"),
    "unsigned": "Bearer " + jwt.encode({"sub": "user_1", "exp": 9e9}, None, algorithm="none"),
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS.keys())
async def test_nobody_gets_in(gateway_url: str, token: str | None) -> None:
    headers = {"Authorization": token} if token else {}
    async with httpx.AsyncClient(base_url=gateway_url, headers=headers) as stranger:
        for path in ("/v1/me", "/v1/me/entitlement", "/me/entitlement"):
            answer = await stranger.get(path)
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
        answer = await stranger.post("/v1/sessions", json=GOOD)
        assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/v1/sessions/seven", "/v1/sessions/seven/playback-bundle"])
async def test_an_id_that_is_no_uuid(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_SESSION_ID")


SPOKEN = {
    "a right-to-left mark": "I rest\u200f deeply",
    "emoji beside words": "I rest deeply 🌙",
    "markup around words": "<b>I rest deeply</b>",
    "a composed accent": "I savour my cafe\u0301 slowly",
}


@pytest.mark.parametrize("line", SPOKEN.values(), ids=SPOKEN.keys())
async def test_odd_text_is_spoken_or_refused_by_name(http: httpx.AsyncClient, line: str) -> None:
    answer = await http.post("/v1/sessions", json=GOOD | {"affirmations": [line]})
    assert answer.status_code == 201, answer.text
    job_id = answer.json()["_audioJobId"]
    async with asyncio.timeout(60):
        while True:
            job = (await http.get(f"/v1/jobs/{job_id}")).json()["job"]
            if job["status"] in {"completed", "failed"}:
                break
            await asyncio.sleep(0.05)
    assert job["status"] == "completed", job
