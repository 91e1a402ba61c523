"""Other ways in: origins, rates, event streams, webhooks, impersonation."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

import httpx
from simulators.clerk_tokens import clerk_id
from simulators.clerk_webhooks import signature

from attacks.attack import attack, demand, variants
from attacks.wire import Answer
from attacks.world import World

ORIGINS = {
    "another": "https://evil.test",
    "null": "null",
    "one that begins alike": "http://localhost.evil.test",
    "one that ends alike": "https://evil-localhost",
    "without TLS": "http://evil.test",
    "with a path": "https://evil.test/x",
    "nonsense": "\u2603",
    "a star": "*",
}


@variants("CORS from", ORIGINS)
async def origins(world: World, origin: str) -> None:
    """No browser gets to read anything for a page of somebody else's."""
    preflight = ["Access-Control-Request-Method: DELETE", "Access-Control-Request-Headers: *"]
    for target in ("/v1/me", "/v1/health", "/v1/admin/me"):
        for method, more in (("GET", []), ("OPTIONS", preflight)):
            answer = await world.raw(target, [f"Origin: {origin}", *more], method=method)
            allowed = answer.header("access-control-allow-origin")
            demand(allowed is None, f"{method} {target} allows {allowed}")
            demand(answer.header("access-control-allow-credentials") is None, "with credentials")


ROTATED = (
    "X-Forwarded-For",
    "X-Real-IP",
    "Forwarded",
    "CF-Connecting-IP",
    "True-Client-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "Via",
    "Fastly-Client-IP",
)
LEFT = re.compile(r'"(?P<name>[a-z-]+)";r=(?P<left>\d+);t=(?P<ends>\d+)')


@variants("rate evasion by", {name: name for name in ROTATED})
async def evaded(world: World, name: str) -> None:
    """Whatever address a client claims, its requests are counted at the one it comes from."""
    for target, method in (("/v1/sessions", "GET"), ("/v1/auth/login", "POST")):
        for _ in range(3):
            seen = [await _left(world, target, method, name, number) for number in range(6)]
            if seen[-1] < seen[0]:
                break
            # A window may have ended meanwhile; it does not end three times in a row.
            await asyncio.sleep(0.2)
        demand(seen[-1] < seen[0], f"what is left of the limit did not fall: {seen}")


async def _left(world: World, target: str, method: str, name: str, number: int) -> int:
    address = f"198.51.100.{number}"
    value = f"for={address}" if name == "Forwarded" else address
    answer = await world.raw(
        target, [f"{name}: {value}", "Content-Length: 2"], b"{}", method=method
    )
    found = LEFT.match(answer.header("ratelimit") or "")
    demand(found, "the answer does not say what is left")
    return int(found["left"]) if found else 0


EVENTS = {
    "a word": "garbage",
    "negative": "-1",
    "beyond all numbers": "9" * 4000,
    "a fraction": "1.5",
    "Arabic digits": "\u0661\u0662",
    "NUL, coded": "1%00",
    "SQL": "1 OR 1=1",
    "a line, coded": "1%0d%0adata: evil",
}


@variants("Last-Event-ID", EVENTS)
async def last_event(world: World, value: str) -> None:
    """Nonsense means the beginning; a stream is never broken by it."""
    headers = {**world.alice.headers, "Last-Event-ID": value.encode()}
    url = f"/v1/jobs/{world.job_id}/events"
    async with world.http.stream("GET", url, headers=headers, timeout=5.0) as response:
        demand(response.status_code in {200, 204}, f"{response.status_code} came")
        if response.status_code == 200:
            first = await anext(response.aiter_text(), "")
            demand(first.startswith("id: "), f"the stream begins with {first[:50]!r}")
            demand("evil" not in first, "the value came back as an event")


@attack("impersonated callers take nothing away")
async def impersonated(world: World) -> None:
    """Who helps a user may look, and neither export nor delete."""
    async with world.clerk() as clerk:
        token = await clerk.token(clerk_id("user"), by=clerk_id("user"))
    headers = {"Authorization": f"Bearer {token}"}
    look = await world.send("GET", "/v1/me", headers)
    demand(look.status == 200, f"{look.status}: an impersonated caller cannot look")
    world.check(await world.send("GET", "/v1/me/export", headers), 403, "FORBIDDEN")
    gone = await world.send("DELETE", "/v1/me", headers)
    demand(gone.status in {403, 404, 405}, f"DELETE /v1/me answers {gone.status}")
    for path in ("/v1/admin/me", "/v1/admin/audit"):
        world.check(await world.send("GET", path, headers), 403, "FORBIDDEN")


FORGERIES: dict[str, dict[str, str]] = {
    "nothing": {},
    "a wrong secret": {"Authorization": "Bearer wrong"},
    "an empty secret": {"Authorization": ""},
    "the secret's length in NULs": {"Authorization": "%00" * 30},
    "a user's token": {"Authorization": "TOKEN"},
    "the right secret without a signature": {"Authorization": "RIGHT"},
    "an empty signature": {"Authorization": "RIGHT", "SIGNATURE": ""},
    "a signature of nonsense": {"Authorization": "RIGHT", "SIGNATURE": "t=now,v1=zz"},
    "a signature without a time": {"Authorization": "RIGHT", "SIGNATURE": "v1=" + "0" * 64},
    "a signature beyond all numbers": {
        "Authorization": "RIGHT",
        "SIGNATURE": f"t={'9' * 400},v1={'0' * 64}",
    },
    "a signature of ten minutes ago": {"Authorization": "RIGHT", "SIGNATURE": "OLD"},
    "a signature of in an hour": {"Authorization": "RIGHT", "SIGNATURE": "EARLY"},
    "a signature over another body": {"Authorization": "RIGHT", "SIGNATURE": "OTHER"},
}
EVENT = {"api_version": "1.0", "event": {"id": "evil", "type": "TEST", "app_user_id": "user_1"}}


@variants("RevenueCat webhook with", FORGERIES)
async def purchase(world: World, given: dict[str, str]) -> None:
    """A forger learns nothing, not even which of the two was wrong."""
    right = world.setting("REVENUECAT_WEBHOOK_AUTHORIZATION")
    secret = world.setting("REVENUECAT_WEBHOOK_SECRET")
    body = json.dumps(EVENT).encode()
    now = int(time.time())

    def signed(stamp: int, text: bytes = body) -> str:
        mark = hmac.new(secret.encode(), f"{stamp}.".encode() + text, hashlib.sha256).hexdigest()
        return f"t={stamp},v1={mark}"

    values = {
        "RIGHT": right,
        "TOKEN": f"Bearer {world.mallory.token}",
        "OLD": signed(now - 600),
        "EARLY": signed(now + 3600),
        "OTHER": signed(now, b"{}"),
    }
    headers = {
        name.replace("SIGNATURE", "X-RevenueCat-Webhook-Signature"): values.get(value, value)
        for name, value in given.items()
    }
    answer = await world.send("POST", "/v1/webhooks/revenuecat", headers, content=body)
    world.check(answer, 401, "UNAUTHORIZED", hides=[secret, right])


@attack("nonsense with RevenueCat's own signature")
async def purchase_nonsense(world: World) -> None:
    """400, never 500."""
    right = world.setting("REVENUECAT_WEBHOOK_AUTHORIZATION")
    secret = world.setting("REVENUECAT_WEBHOOK_SECRET")
    for body in (b"", b"{", b"[]", b"null", b'{"event": 7}', b'{"event": {"id": null}}', b"\xff"):
        stamp = int(time.time())
        mark = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Authorization": right,
            "X-RevenueCat-Webhook-Signature": f"t={stamp},v1={mark}",
        }
        answer = await world.send("POST", "/v1/webhooks/revenuecat", headers, content=body)
        world.check(answer, 400, "VALIDATION_ERROR", hides=[secret])


@attack("a replayed RevenueCat webhook")
async def purchase_replayed(world: World) -> None:
    """The same event, well signed, a hundred times: kept once, and nobody is told anything."""
    right = world.setting("REVENUECAT_WEBHOOK_AUTHORIZATION")
    secret = world.setting("REVENUECAT_WEBHOOK_SECRET")
    event = {"id": f"replayed-{secrets.token_hex(6)}", "type": "TEST", "app_user_id": "user_1"}
    body = json.dumps({**EVENT, "event": event}).encode()
    stamp = int(time.time())
    mark = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Authorization": right, "X-RevenueCat-Webhook-Signature": f"t={stamp},v1={mark}"}
    sent = (world.send("POST", "/v1/webhooks/revenuecat", headers, content=body) for _ in range(20))
    answers = await asyncio.gather(*sent)
    bodies = {(one.status, one.body) for one in answers}
    demand(len(bodies) == 1, f"{len(bodies)} different answers: a replay can be told")


def _shape(good: dict[str, str], **changes: str | None) -> dict[str, str]:
    merged = {**good, **changes}
    return {name: value for name, value in merged.items() if value is not None}


STAMP, MARK = "svix-timestamp", "svix-signature"
SVIX: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "no headers": lambda _: {},
    "no id": lambda good: _shape(good, **{"svix-id": None}),
    "no time": lambda good: _shape(good, **{STAMP: None}),
    "no signature": lambda good: _shape(good, **{MARK: None}),
    "an empty signature": lambda good: _shape(good, **{MARK: ""}),
    "a signature without its version": lambda good: _shape(good, **{MARK: good[MARK][3:]}),
    "another version": lambda good: _shape(good, **{MARK: "v2" + good[MARK][2:]}),
    "base64 that is none": lambda good: _shape(good, **{MARK: "v1,%%%not base64%%%"}),
    "base64 of an odd length": lambda good: _shape(good, **{MARK: "v1,abcde"}),
    "bytes that are no ASCII": lambda good: _shape(good, **{MARK: "v1,\u2603\u2603"}),
    "a thousand commas": lambda good: _shape(good, **{MARK: "v1" + "," * 1000}),
    "a thousand signatures": lambda good: _shape(good, **{MARK: "v1,AAAA " * 999 + "v1,AAAA"}),
    "a time that is a word": lambda good: _shape(good, **{STAMP: "now"}),
    "a time that is NaN": lambda good: _shape(good, **{STAMP: "nan"}),
    "a time without an end": lambda good: _shape(good, **{STAMP: "9" * 400}),
    "a negative time": lambda good: _shape(good, **{STAMP: "-1"}),
    "a time of ten minutes ago": lambda good: _shape(good, **{STAMP: str(int(good[STAMP]) - 600)}),
    "a time of in an hour": lambda good: _shape(good, **{STAMP: str(int(good[STAMP]) + 3600)}),
    "another id": lambda good: _shape(good, **{"svix-id": "msg_other"}),
    "an id of 8 KB": lambda good: _shape(good, **{"svix-id": "m" * 8000}),
    "a stranger's secret": lambda good: _shape(
        good, **{MARK: "v1," + base64.b64encode(b"x" * 32).decode()}
    ),
}


def _svix(world: World) -> tuple[str, dict[str, str], bytes]:
    """The first secret, and the headers of a good delivery of an event nobody minds."""
    given = world.setting("CLERK_WEBHOOK_SECRETS").strip('[]" ').split(",")[0].strip('" ')
    body = json.dumps({"type": "test.nothing", "object": "event", "data": {}}).encode()
    return given, _delivery(given, body), body


def _delivery(secret: str, body: bytes) -> dict[str, str]:
    message, stamp = clerk_id("msg"), int(time.time())
    mark = signature(secret, message, stamp, body)
    return {"svix-id": message, STAMP: str(stamp), MARK: mark}


@variants("Clerk webhook with", SVIX)
async def identity(world: World, shape: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """All of it is a 400, none of it a 500."""
    secret, good, body = _svix(world)
    headers = [(name, value.encode()) for name, value in shape(good).items()]
    response = await world.http.post("/v1/webhooks/clerk", headers=headers, content=body)
    world.check(_answer(response), 400, "VALIDATION_ERROR", hides=[secret])


@attack("nonsense with Clerk's own signature")
async def identity_nonsense(world: World) -> None:
    """The signature is right and the body is none: 400 as well."""
    secret, _, _ = _svix(world)
    for body in (b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b'{"type": 7, "data": []}'):
        response = await world.http.post(
            "/v1/webhooks/clerk", headers=_delivery(secret, body), content=body
        )
        world.check(_answer(response), 400, "VALIDATION_ERROR", hides=[secret])


@attack("a webhook of 10 MB")
async def long_webhook(world: World) -> None:
    """Not read to its end, whoever sends it."""
    for vendor in ("revenuecat", "clerk"):
        body = b"a" * 10_000_000
        answer = await world.send("POST", f"/v1/webhooks/{vendor}", content=body)
        demand(answer.status in {400, 401, 413}, f"{answer.status} from {vendor}")
        world.check_silent(answer)


def _answer(response: httpx.Response) -> Answer:
    fields = tuple((name.lower(), value) for name, value in response.headers.items())
    return Answer(response.status_code, fields, response.content)


LOGINS: dict[str, Any] = {
    "SQL": {"email": "a@b.co' OR 1=1 --", "password": "x' OR '1'='1"},
    "an object": {"email": {"$ne": None}, "password": {"$ne": None}},
    "a list": {"email": ["a@b.co"], "password": ["x"]},
    "NUL": {"email": "a\x00@b.co", "password": "long enough to do"},
    "a password of 200 KB": {"email": "a@b.co", "password": "p" * 200_000},
    "null": {"email": None, "password": None},
}


@variants("login with", LOGINS)
async def login(world: World, body: dict[str, Any]) -> None:
    """Odd credentials are refused before anybody looks for an account."""
    answer = await world.send("POST", "/v1/auth/login", json=body)
    world.check(answer, 400, "VALIDATION_ERROR", hides=["OR 1=1", "p" * 100])


@attack("which accounts there are")
async def enumerated(world: World) -> None:
    """A login says the same of a wrong password and of an address nobody has."""
    wrong = {"email": world.alice.email, "password": "not the right one"}
    nobody = {"email": f"{secrets.token_hex(8)}@example.com", "password": "not the right one"}
    answers = [await world.send("POST", "/v1/auth/login", json=one) for one in (wrong, nobody)]
    for answer in answers:
        world.check(answer, 401, "UNAUTHORIZED", hides=[world.alice.email])
    said = {json.loads(answer.body)["message"] for answer in answers}
    demand(len(said) == 1, f"two messages: {said}")
