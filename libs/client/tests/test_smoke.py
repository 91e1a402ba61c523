"""The checks from outside find what is wrong, and say so."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from ab_client.smoke import CHECKS, Login, smoke
from ab_shared.contracts.http import ApiError
from ab_shared.errors import ErrorCode

ANYBODY = Login()
SECURE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=1",
}
Answer = httpx.Response
Spoiled = Callable[[httpx.Request, Answer], Answer]


PAGES = {
    "/docs": "<!doctype html><script src='docs/a.js'></script>",
    "/openapi.json": '{"openapi": "3.1.0", "paths": {"/v1/health": {}}}',
}


def refused(status: int, code: ErrorCode) -> Answer:
    error = ApiError(code=code, message="no", request_id="abcdefgh")
    return Answer(status, content=error.model_dump_json())


def healthy(request: httpx.Request) -> Answer:
    path = request.url.path
    if path.endswith("/health"):
        echoed = {"X-Request-Id": request.headers.get("X-Request-Id", "made")}
        return Answer(200, json={"ok": True}, headers={**SECURE, **echoed})
    if path in PAGES:
        return Answer(200, text=PAGES[path])
    if path == "/v1/catalog/voices":
        held = request.headers.get("If-None-Match") == '"v"'
        return Answer(304 if held else 200, json={"voices": [1]}, headers={"ETag": '"v"'})
    if path == "/v1/sessions":
        return Answer(200, json={"sessions": [{"id": 1}]})
    if path == "/v1/me" and request.method == "GET":
        return refused(401, ErrorCode.UNAUTHORIZED)
    return refused(404, ErrorCode.NOT_FOUND)


async def seen(spoil: Spoiled = lambda _, answer: answer) -> dict[str, str | None]:
    transport = httpx.MockTransport(lambda request: spoil(request, healthy(request)))
    outcomes = await smoke("http://api.test/", ANYBODY, transport=transport)
    return {outcome.name: outcome.fault for outcome in outcomes}


async def test_a_healthy_deployment_passes() -> None:
    assert await seen() == dict.fromkeys(CHECKS)


def at(path: str, change: Callable[[Answer], Answer]) -> Spoiled:
    return lambda request, answer: change(answer) if request.url.path == path else answer


def with_header(name: str, value: str) -> Callable[[Answer], Answer]:
    def change(answer: Answer) -> Answer:
        answer.headers[name] = value
        return answer

    return change


def told(**changes: Any) -> Callable[[Answer], Answer]:
    return lambda answer: Answer(answer.status_code, json={**json.loads(answer.content), **changes})


FAULTS: dict[str, tuple[Spoiled, str, str]] = {
    "down": (at("/health", lambda _: Answer(503)), "health", "/health answers 503"),
    "framed": (at("/v1/health", with_header("X-Frame-Options", "ALLOW")), "headers", "X-Frame"),
    "server told": (at("/v1/health", with_header("Server", "x/1.0")), "headers", "x/1.0"),
    "docs elsewhere": (
        at("/docs", lambda _: Answer(200, text="<script src='https://cdn.test/a.js'>")),
        "docs",
        "another host",
    ),
    "no catalogue": (at("/v1/sessions", lambda _: Answer(200, json={})), "catalogue", "empty"),
    "no etag": (
        at("/v1/catalog/voices", lambda _: Answer(200, json={"voices": []})),
        "catalogue",
        "ETag",
    ),
    "open to all": (
        at("/v1/health", with_header("Access-Control-Allow-Origin", "*")),
        "other origins",
        "may read answers",
    ),
    "open door": (at("/v1/me", lambda _: Answer(200, json={})), "no token", "/v1/me: 200"),
    "digits in an id": (at("/v1/me", told(requestId="a401b")), "no token", "letters only"),
    "null": (at("/v1/me", told(details=None)), "no token", "null"),
    "misread": (at("/v1/me", told(message="The connection broke")), "no token", "connection"),
    "another shape": (at("/v1/me", lambda _: Answer(401, text="Unauthorized")), "no token", ""),
    "metrics": (at("/metrics", lambda _: Answer(200, text="up 1")), "no such address", "public"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_found_and_the_rest_is_still_checked(name: str) -> None:
    spoil, check, complaint = FAULTS[name]
    found = await seen(spoil)
    assert complaint in str(found.pop(check))
    assert found == dict.fromkeys(found)
    assert len(found) == len(CHECKS) - 1


async def test_nobody_there_is_a_fault_of_every_check() -> None:
    def refuses(request: httpx.Request) -> Answer:
        raise httpx.ConnectError("refused", request=request)

    outcomes = await smoke("http://api.test", ANYBODY, transport=httpx.MockTransport(refuses))
    assert all(outcome.fault for outcome in outcomes)


async def test_a_login_that_fails_is_told_and_no_job_is_tried() -> None:
    outcomes = await smoke("http://api.test", Login("t"), transport=httpx.MockTransport(healthy))
    assert [outcome.name for outcome in outcomes] == [*CHECKS, "signed in"]
    assert "UNAUTHORIZED" in str(outcomes[-1].fault)


async def test_make_passes_on_who_to_be(tmp_path: Path) -> None:
    (tmp_path / "ab").write_text('#!/bin/sh\necho "$AB_TOKEN,$AB_EMAIL,$AB_PASSWORD $*"\n')
    (tmp_path / "ab").chmod(0o755)
    root = Path(__file__).parents[3]
    # The one line is tried, not the setup before it.
    command = ("make", "--no-print-directory", "-o", "setup", f"BIN={tmp_path}", "smoke", "URL=u")
    inherited = {"PATH": os.environ["PATH"], "AB_EMAIL": "ada", "AB_PASSWORD": "told"}

    async def said(*given: str) -> str:
        made = await asyncio.create_subprocess_exec(
            *command, *given, cwd=root, env=inherited, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await made.communicate()
        return output.decode().strip()

    assert await said() == ",ada,told smoke --url u"
    assert await said("EMAIL=jo", "TOKEN=t") == "t,jo,told smoke --url u"
