"""The bounds of a request over real sockets, and bodies that cost more than they say."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from ab_gateway.entrypoints.http import middleware
from ab_shared.contracts import rpc
from ab_shared.messaging.headers import capture
from ab_shared.runtime.http_protocol import BoundedHttp
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

GOOD = '"title": "Calm", "voiceId": "nova", "affirmations": ["I rest"]'
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def port(world: Any) -> AsyncIterator[int]:
    """The public application behind a listening socket."""
    config = uvicorn.Config(world.app, http=BoundedHttp, ws="none", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: BoundedHttp(config, state, {}), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def answer_to(port: int, *pieces: bytes) -> bytes:
    """All that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    found = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return found


async def test_a_body_that_does_not_come_ends_in_time(
    world: Any, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await world.client.get("/v1/health")).is_success
    guard = world.app.middleware_stack
    while not isinstance(guard, middleware.Guard):
        guard = guard.app
    monkeypatch.setattr(guard, "_seconds", 1.0)
    head = "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n"
    token = world.auth()["Authorization"]
    found = await answer_to(port, f"{head}Authorization: {token}\r\n\r\n".encode(), b'{"title"')
    assert found.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in found.lower()
    assert b"VALIDATION_ERROR" in found
    assert not world.services.asked_for(rpc.CreateSession)


async def test_a_body_without_a_length_is_bounded_as_it_streams(world: Any, port: int) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"a" * 16_384

    url = f"http://127.0.0.1:{port}/v1/sessions"
    async with httpx.AsyncClient() as client:
        answer = await client.post(url, content=endless(), headers={**world.auth(), **JSON})
    assert answer.status_code == 413
    assert answer.json()["code"] == "PAYLOAD_TOO_LARGE"


async def test_every_answer_on_the_wire_is_dressed(port: int) -> None:
    asked = b"GET /v1/nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    head = (await answer_to(port, asked)).split(b"\r\n\r\n")[0].lower()
    for name in (b"x-request-id", b"content-security-policy", b"strict-transport-security"):
        assert head.count(name + b":") == 1
    assert b"\r\nserver:" not in head


@pytest.mark.parametrize("path", ["/metrics", "/v1/metrics", "/readyz", "/livez", "/v1/admin/x"])
async def test_what_is_internal_is_not_there(world: Any, path: str) -> None:
    assert (await world.client.get(path)).status_code in {401, 404}


BOMBS = {
    "a field named twice": ('{%s, "title": "Other"}', "names a field twice"),
    "a deep field named twice": ('{%s, "x": [{"a": 1, "a": 1}]}', "names a field twice"),
    "one name in two spellings": ('{%s, "t\\u0069tle": "Other"}', "names a field twice"),
    "depth": ('{%s, "x": ' + "[" * 20_000 + "]" * 20_000 + "}", "is nested too deep"),
    "a huge number": ('{%s, "x": 1' + "0" * 5000 + "}", "holds a number with too many digits"),
    "a huge exponent": ('{%s, "x": 1e' + "9" * 5000 + "}", "holds a number with too many digits"),
}


@pytest.mark.parametrize(("body", "said"), BOMBS.values(), ids=BOMBS.keys())
async def test_a_bomb_is_a_clear_refusal(world: Any, body: str, said: str) -> None:
    content = body.replace("%s", GOOD).encode()
    headers = {**world.auth(), **JSON}
    answer = await world.client.post("/v1/sessions", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == {"body": said}
    assert not world.services.asked_for(rpc.CreateSession)


async def test_whoever_makes_sessions_has_a_rate_for_that(start: Any) -> None:
    world = await start(rate_limit_create_per_minute=2, rate_limit_per_minute=50)
    draft = {"title": "Calm", "voiceId": "nova", "affirmations": ["I rest"]}
    made = [
        await world.client.post(path, json=draft, headers=world.auth())
        for path in ("/v1/sessions", "/sessions", "/v1/sessions")
    ]
    assert [answer.status_code for answer in made] == [201, 201, 429]
    assert made[2].headers["ratelimit-policy"] == '"create";q=2;w=60'
    assert int(made[2].headers["retry-after"]) >= 1
    read = await world.client.get("/v1/me", headers=world.auth())
    assert read.headers["ratelimit"].startswith('"burst";r=47;')


async def test_a_household_counts_once_however_many_addresses_it_has(start: Any) -> None:
    world = await start(rate_limit_per_minute=2, trusted_proxies=("203.0.113.9",))

    async def status(address: str) -> int:
        answer = await world.client.get("/v1/sessions", headers={"X-Forwarded-For": address})
        return int(answer.status_code)

    assert [await status(f"2001:db8:0:7::{n}") for n in range(1, 4)] == [200, 200, 429]
    assert await status("2001:db8:0:8::1") == 200
    assert [await status(one) for one in ("::ffff:198.51.100.1", "198.51.100.1")] == [200, 200]
    assert await status("::ffff:198.51.100.1") == 429


async def test_one_line_says_that_the_shared_cache_is_away_and_one_that_it_is_back(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "ab.gateway"):
        for down in (True, True, False, False):
            world.store.down = down
            assert (await world.client.get("/v1/sessions")).status_code == 200
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "requests are counted in this process alone",
        "requests are counted in the shared cache again",
    ]


async def test_the_light_stays_on_in_a_crowd() -> None:
    async def light(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("on")(scope, receive, send)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    full = middleware.RequestTrail(middleware.Guard(light, middleware.Crowd(0)))
    for path in ("/v1/health", "/v1/me"):
        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
        await full(scope, receive, send)
    assert [m["status"] for m in sent if m["type"] == "http.response.start"] == [200, 503]


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("sent", "goes_on"),
    [(f"00-{TRACE}-00f067aa0ba902b7-01", True), ("00-nonsense-01", False), (None, False)],
)
async def test_a_trace_goes_on_behind_the_door(
    start: Any, sent: str | None, *, goes_on: bool
) -> None:
    world = await start()
    seen: list[str] = []
    answered = world.gateway.parts.read_profile

    async def reading(*given: Any) -> Any:
        seen.append(capture().get("traceparent", ""))
        return await answered(*given)

    parts = dataclasses.replace(world.gateway.parts, read_profile=reading)
    world.app.state.parts = parts
    headers = world.auth() | ({"traceparent": sent} if sent else {})
    assert (await world.client.get("/v1/me", headers=headers)).is_success
    assert (TRACE in seen[0]) == goes_on
