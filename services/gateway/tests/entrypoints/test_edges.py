"""What every answer has in common: ids, headers, limits, compression, documents."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from ab_gateway.entrypoints.http.app import public_app
from ab_gateway.entrypoints.http.middleware import Crowd, Guard, RequestTrail
from ab_shared.contracts import rpc
from ab_shared.runtime.context import current
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

OPENAPI = Path(__file__).parents[2] / "openapi.json"


@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_the_light_is_on(world: Any, prefix: str) -> None:
    answer = await world.client.get(f"{prefix}/health")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_echoes_a_sane_request_id_and_makes_one_of_letters(world: Any) -> None:
    for sent, echoed in (("checkoutflow", True), ("a1b2-c3", True), ("x y", False), ("é", False)):
        headers = {"X-Request-Id": sent.encode()}
        answer = await world.client.get(f"/v1/sessions/{uuid4()}", headers=headers)
        assert (answer.headers["x-request-id"] == sent) == echoed
        assert answer.json()["requestId"].isalpha()
    made = await world.client.get("/v1/nothing")
    assert made.headers["x-request-id"] == made.json()["requestId"]


async def test_the_request_id_reaches_the_services(world: Any) -> None:
    seen: list[str] = []
    answered = world.services._profile
    world.services._profile = lambda request: (
        seen.append(current().request_id),
        answered(request),
    )[1]
    broker_answers = world.services.subscriptions()["auth"]
    bus = world.broker.bus("auth", instance="second")
    await bus.serve(broker_answers)
    headers = {**world.auth(), "X-Request-Id": "myownrequest"}
    for _ in range(4):
        await world.client.get("/v1/me", headers=headers)
    assert set(seen) <= {"myownrequest"}


async def test_security_headers_are_everywhere(world: Any) -> None:
    for path in ("/v1/health", "/v1/nothing", "/docs"):
        headers = (await world.client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "max-age" in headers["strict-transport-security"]
        assert "server" not in headers


async def test_only_listed_origins_may_call(world: Any) -> None:
    for origin, allowed in (("https://app.example.test", True), ("https://evil.test", False)):
        for path in ("/v1/health", "/v1/nothing"):
            answer = await world.client.get(path, headers={"Origin": origin})
            assert ("access-control-allow-origin" in answer.headers) == allowed
    asked = {"Origin": "https://app.example.test", "Access-Control-Request-Method": "POST"}
    preflight = await world.client.options("/v1/sessions", headers=asked)
    assert preflight.status_code == 200


async def test_limits_a_user_and_says_so(start: Any) -> None:
    world = await start(rate_limit_per_minute=3)
    headers = world.auth()
    answers = [await world.client.get("/v1/me", headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"burst";q=3;w=60'
    assert re.fullmatch(r'"burst";r=2;t=\d+', answers[0].headers["ratelimit"])
    assert answers[3].json()["code"] == "RATE_LIMITED"
    assert 1 <= int(answers[3].headers["retry-after"]) <= 120
    assert (await world.client.get("/v1/me", headers=world.auth("user_2"))).status_code == 200


async def test_limits_without_the_shared_cache_too(start: Any) -> None:
    world = await start(rate_limit_per_minute=2)
    world.store.down = True
    answers = [await world.client.get("/v1/sessions") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]


async def test_slows_down_whoever_tries_passwords_or_tokens(start: Any) -> None:
    world = await start(rate_limit_auth_per_minute=2, rate_limit_per_minute=5)
    body = {"email": "ana@example.com", "password": "correct horse"}
    tries = [await world.client.post("/v1/auth/login", json=body) for _ in range(3)]
    assert [answer.status_code for answer in tries] == [200, 200, 429]
    shouted = {**body, "email": "ANA@example.com"}
    assert (await world.client.post("/v1/auth/login", json=shouted)).status_code == 429
    other = {**body, "email": "ben@example.com"}
    assert (await world.client.post("/v1/auth/login", json=other)).status_code == 200
    bad = {"Authorization": "Bearer a.b.c"}
    guesses = [await world.client.get("/v1/me", headers=bad) for _ in range(6)]
    assert [answer.status_code for answer in guesses] == [401] * 5 + [429]


async def test_believes_forwarded_addresses_of_trusted_proxies_only(start: Any) -> None:
    for trusted, statuses in (((), [200, 429]), (("203.0.113.0/24",), [200, 200])):
        world = await start(rate_limit_per_minute=1, trusted_proxies=trusted)
        answers = [
            await world.client.get("/v1/sessions", headers={"X-Forwarded-For": f"198.51.100.{n}"})
            for n in range(2)
        ]
        assert [answer.status_code for answer in answers] == statuses


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/sessions?limit=5", "/v1/catalog/voices"])
async def test_of_two_forwarding_lines_the_nearest_proxy_s_is_believed(
    start: Any, path: str
) -> None:
    world = await start(rate_limit_per_minute=1, trusted_proxies=("203.0.113.0/24",))
    statuses = []
    for made_up in range(2):
        lines = [("X-Forwarded-For", f"192.0.2.{made_up}"), ("X-Forwarded-For", "198.51.100.7")]
        statuses.append((await world.client.get(path, headers=lines)).status_code)
    assert statuses == [200, 429]


async def test_catalogues_are_public_and_cacheable(world: Any) -> None:
    for name, rows in (("voices", 7), ("backgrounds", 10), ("frequencies", 28)):
        answer = await world.client.get(f"/v1/catalog/{name}")
        assert len(answer.json()[name]) == rows
        assert "public" in answer.headers["cache-control"]
        known = {"If-None-Match": answer.headers["etag"]}
        assert (await world.client.get(f"/v1/catalog/{name}", headers=known)).status_code == 304
    gamma = (await world.client.get("/catalog/frequencies")).json()["frequencies"][-12]
    assert gamma == {"id": "gamma_42hz_400", "kind": "binaural", "hz": 42.0}


async def test_compresses_what_is_long(world: Any) -> None:
    long = await world.client.get("/v1/catalog/frequencies")
    short = await world.client.get("/v1/health")
    assert long.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in short.headers


async def test_what_is_fixed_is_compressed_once(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/docs/swagger-ui-bundle.js", "/openapi.json"):
        first = await world.client.get(path)
        with monkeypatch.context() as nobody:
            nobody.delattr(gzip, "compress")
            again = await world.client.get(path)
            known = {"If-None-Match": first.headers["etag"]}
            unchanged = await world.client.get(path, headers=known)
        plain = await world.client.get(path, headers={"Accept-Encoding": "identity"})
        assert first.headers["content-encoding"] == "gzip"
        assert first.content == again.content == plain.content
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert "content-encoding" not in unchanged.headers
        assert "content-encoding" not in plain.headers
        assert plain.headers["etag"] != first.headers["etag"]
        for answer in (first, plain):
            assert "Accept-Encoding" in answer.headers["vary"]
        # Whoever holds the plain one has what the compressed one holds.
        other = {"If-None-Match": plain.headers["etag"]}
        assert (await world.client.get(path, headers=other)).status_code == 304


async def test_the_documents_come_from_this_host_alone(world: Any) -> None:
    page = await world.client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text
    for source in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        found = await world.client.get(f"/{source}")
        assert found.status_code == 200
        assert len(found.content) > 100
    guide = await world.client.get("/docs/app-developers")
    assert "<h1>For app developers</h1>" in guide.text
    assert "<table>" in guide.text
    assert guide.headers["content-type"] == "text/html; charset=utf-8"
    style = await world.client.get("/docs/guide.css")
    assert style.headers["content-type"].startswith("text/css")
    document = (await world.client.get("/openapi.json")).json()
    assert "(docs/app-developers)" in document["info"]["description"]
    assert document["openapi"].startswith("3.1")
    assert all(path.startswith("/v1/") for path in document["paths"])


def test_the_checked_in_document_is_the_one_that_is_served() -> None:
    assert json.loads(OPENAPI.read_text()) == public_app().openapi()


def test_every_route_tells_its_summary_errors_and_security() -> None:
    document = public_app().openapi()
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            assert route["summary"], path
            assert route["tags"], path
            if path != "/v1/health":
                schema = route["responses"]["503"]["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/ApiError"}
            open_to_all = ("/v1/health", "/v1/auth", "/v1/catalog", "/v1/webhooks")
            to_read = path.startswith(("/v1/programs", "/v1/shared/")) and method == "get"
            if not path.startswith(open_to_all) and not to_read:
                assert {"bearer": []} in route["security"], path
    draft = document["components"]["schemas"]["DraftSession"]
    assert draft["properties"]["affirmations"]["maxItems"] == 50
    session = document["components"]["schemas"]["SessionV3"]
    assert {"type": "null"} in session["properties"]["ownerUserId"]["anyOf"]
    assert "anyOf" not in session["properties"]["goalTag"]


async def test_no_line_of_the_log_holds_what_is_private(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    line = "I keep this to myself"
    draft = {"title": "Calm", "voiceId": "nova", "affirmations": [line]}
    with caplog.at_level(logging.DEBUG):
        headers = world.auth("user_secret")
        await world.client.post("/v1/sessions", json=draft, headers=headers)
        body = {"email": "ana@example.com", "password": "correct horse"}
        await world.client.post("/v1/auth/login", json=body)
    logged = json.dumps([str(vars(record)) for record in caplog.records])
    assert any(record.name == "ab.gateway" for record in caplog.records)
    for private in (
        line,
        "user_secret",
        "ana@example.com",
        "correct horse",
        headers["Authorization"],
    ):
        assert private not in logged


async def run(app: Any) -> tuple[int, dict[str, Any]]:
    sent: list[Any] = []
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Any:
        return next(asked)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    await app(scope, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"] or b"{}")


async def test_one_request_too_many_is_told_to_come_back() -> None:
    working, go_on = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        working.set()
        await go_on.wait()
        await PlainTextResponse("{}")(scope, receive, send)

    app = RequestTrail(Guard(slow, Crowd(1)))
    first = asyncio.create_task(run(app))
    await working.wait()
    status, body = await run(app)
    assert (status, body["code"]) == (503, "SERVICE_UNAVAILABLE")
    go_on.set()
    assert (await first)[0] == 200
    assert (await run(app))[0] == 200


async def test_a_request_that_takes_too_long_ends() -> None:
    async def endless(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    status, body = await run(RequestTrail(Guard(endless, Crowd(1), seconds=0.01)))
    assert (status, body["code"]) == (503, "SERVICE_UNAVAILABLE")


async def test_an_answer_that_has_begun_may_take_its_time() -> None:
    async def streaming(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.05)
        await send({"type": "http.response.body", "body": b"{}"})

    assert await run(RequestTrail(Guard(streaming, Crowd(1), seconds=0.01))) == (200, {})


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/auth/login"])
async def test_a_client_that_leaves_while_it_sends_is_no_failure_of_ours(
    world: Any, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    messages = iter(
        [
            {"type": "http.request", "body": b'{"title": ', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    headers = [(b"authorization", world.auth()["Authorization"].encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("203.0.113.9", 1),
    }

    async def receive() -> Any:
        return next(messages)

    async def send(_message: Any) -> None:
        raise AssertionError("nobody is there to answer")

    with caplog.at_level(logging.INFO, "ab.gateway"):
        await world.app(scope, receive, send)
    (row,) = [record for record in caplog.records if record.message == "request"]
    assert vars(row)["status"] == 499
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_health_asks_nobody(world: Any) -> None:
    world.broker.available = False
    world.store.down = True
    assert (await world.client.get("/v1/health")).status_code == 200
    assert not world.services.asked_for(rpc.GetProfile)
