"""Webhooks that no vendor sent, or not like this, or not for the first time."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable

import httpx
from simulators.clerk_tokens import clerk_id
from simulators.clerk_webhooks import signature

from attacks.attack import attack, demand, variants
from attacks.wire import Answer
from attacks.world import World

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
