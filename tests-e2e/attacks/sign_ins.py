"""Sign-ins and keys that are over, stolen, made up or used for what they are not for."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ab_shared.contracts.api_keys import MakeApiKey, NewApiKey, RevokeApiKey
from ab_shared.messaging.rabbit import RabbitBus

from attacks.attack import NotRefusedError, attack, demand, variants
from attacks.world import World


@attack("refresh token replay")
async def replayed(world: World) -> None:
    """The second use of one ends the family: thief and owner both sign in again."""
    person = await world.new_person()
    body = {"refreshToken": person.refresh_token}
    first = await world.send("POST", "/v1/auth/refresh", json=body)
    demand(first.status == 200, "a refresh token does not work once")
    fresh = json.loads(first.body)["refreshToken"]
    world.check(await world.send("POST", "/v1/auth/refresh", json=body), 401, "UNAUTHORIZED")
    again = await world.send("POST", "/v1/auth/refresh", json={"refreshToken": fresh})
    world.check(again, 401, "UNAUTHORIZED", hides=[fresh])


@attack("refresh token used by ten at once")
async def raced(world: World) -> None:
    """One of them gets a pair at most, and the family is over."""
    person = await world.new_person()
    body = {"refreshToken": person.refresh_token}
    tries = (world.send("POST", "/v1/auth/refresh", json=body) for _ in range(10))
    answers = await asyncio.gather(*tries)
    won = [json.loads(one.body) for one in answers if one.status == 200]
    demand(len(won) <= 1, f"{len(won)} pairs for one token")
    for pair in won:
        body = {"refreshToken": pair["refreshToken"]}
        world.check(await world.send("POST", "/v1/auth/refresh", json=body), 401, "UNAUTHORIZED")


@attack("an access token as a refresh token, and the other way round")
async def swapped(world: World) -> None:
    """Neither does the other's work."""
    person = world.mallory
    body = {"refreshToken": person.token}
    world.check(await world.send("POST", "/v1/auth/refresh", json=body), 401, "UNAUTHORIZED")
    answer = await world.raw("/v1/me", [f"Authorization: Bearer {person.refresh_token}"])
    world.check(answer, 401, "UNAUTHORIZED", hides=[person.refresh_token])


@attack("signed out, and still here")
async def signed_out(world: World) -> None:
    """After a logout neither token works: the access token within a second of it."""
    person = await world.new_person()
    answer = await world.send("GET", "/v1/me", person.headers)
    demand(answer.status == 200, "a fresh token is not believed")
    body = {"refreshToken": person.refresh_token}
    demand((await world.send("POST", "/v1/auth/logout", json=body)).status == 204, "no logout")
    world.check(await world.send("POST", "/v1/auth/refresh", json=body), 401, "UNAUTHORIZED")
    for _ in range(20):
        answer = await world.send("GET", "/v1/me", person.headers)
        if answer.status == 401:
            return
        await asyncio.sleep(0.1)
    raise NotRefusedError("the access token still works two seconds after the logout")


KEYS = {
    "made up": f"abk_{secrets.token_hex(8)}_{secrets.token_urlsafe(32)}",
    "an id that is a path": "abk_../../etc/passwd_" + "a" * 43,
    "an id of SQL": "abk_0000000000000000'--_" + "a" * 43,
    "no secret": "abk_0000000000000000_",
    "a digest for a secret": "abk_0000000000000000_" + hashlib.sha256(b"x").hexdigest(),
    "a secret of 8 KB": "abk_0000000000000000_" + "a" * 8000,
    "only its mark": "abk_",
}


@variants("API key", KEYS)
async def api_key(world: World, key: str) -> None:
    """A key that was never given out; in no other place does one count either."""
    answer = await world.raw("/v1/me", [f"Authorization: Bearer {key}"])
    world.check(answer, 401, "UNAUTHORIZED", hides=[key[:200]] if len(key) > 10 else [])
    answer = await world.raw("/v1/me?api_key=x", [f"X-Api-Key: {key}"])
    world.check(answer, 401, "UNAUTHORIZED")


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


@asynccontextmanager
async def operator(world: World) -> AsyncIterator[RabbitBus]:
    """Who may give keys to machines."""
    urls = world.stack["infrastructure"]["rabbitmq"]["urls"]
    bus = RabbitBus(urls["ab-operator"], "operator")
    await bus.start()
    try:
        yield bus
    finally:
        await bus.close()


BEYOND_READING = (
    ("POST", "/v1/sessions"),
    ("GET", "/v1/me"),
    ("PATCH", "/v1/me"),
    ("GET", "/v1/me/export"),
    ("DELETE", "/v1/me"),
    ("GET", "/v1/admin/me"),
    ("GET", "/v1/admin/audit"),
)


@attack("an API key beyond its scopes")
async def beyond_scopes(world: World) -> None:
    """It reads sessions and does nothing else; somebody else's it does not even see."""
    async with operator(world) as bus:
        key = await new_key(bus)
        headers = {"Authorization": f"Bearer {key.token.get_secret_value()}"}
        look = await world.send("GET", "/v1/sessions", headers)
        demand(look.status == 200, f"a good key is answered {look.status}")
        hides = [key.token.get_secret_value()]
        for method, path in BEYOND_READING:
            body = None if method in {"GET", "DELETE"} else {}
            answer = await world.send(method, path, headers, json=body)
            world.check(answer, 403, "FORBIDDEN", hides=hides)
        theirs = f"/v1/sessions/{world.session_id}"
        world.check(await world.send("GET", theirs, headers), 404, "NOT_FOUND", hides=hides)


@attack("an API key that was revoked, and one with another key's secret")
async def revoked_key(world: World) -> None:
    """Over within two seconds of its end; a secret opens its own key only."""
    async with operator(world) as bus:
        first, second = await new_key(bus), await new_key(bus)
        tokens = [one.token.get_secret_value() for one in (first, second)]
        good = {"Authorization": f"Bearer {tokens[0]}"}
        demand((await world.send("GET", "/v1/sessions", good)).status == 200, "a good key fails")
        secret = tokens[0].removeprefix(f"abk_{first.key.key_id}_")
        mixed = f"abk_{second.key.key_id}_{secret}"
        answer = await world.raw("/v1/sessions", [f"Authorization: Bearer {mixed}"])
        world.check(answer, 401, "UNAUTHORIZED", hides=[mixed])
        end = RevokeApiKey(actor="attacks", actor_kind="operator", key_id=first.key.key_id)
        await bus.call(end)
        for _ in range(20):
            answer = await world.send("GET", "/v1/sessions", good)
            if answer.status == 401:
                world.check(answer, 401, "UNAUTHORIZED", hides=[tokens[0]])
                return
            await asyncio.sleep(0.1)
        raise NotRefusedError("a revoked key still works after two seconds")


async def new_key(bus: RabbitBus) -> NewApiKey:
    """A key that may read sessions, for five minutes."""
    wanted = MakeApiKey(
        actor="attacks",
        actor_kind="operator",
        name=f"attacks-{secrets.token_hex(6)}",
        scopes=("sessions:read",),
        life_seconds=300,
    )
    return await bus.call(wanted)
