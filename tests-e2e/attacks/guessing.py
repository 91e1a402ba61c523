"""Other people's ids, tried on every route that the OpenAPI document knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from attacks.attack import ATTACKS, Attack, attack, demand, variants
from attacks.wire import Answer
from attacks.world import World

OPENAPI = Path(__file__).parents[2] / "services/gateway/openapi.json"
DOCUMENT: dict[str, Any] = json.loads(OPENAPI.read_text())
ADMIN = "/v1/admin/"
# What a free plan is told before anybody looks at whose session it is.
FIRST_THE_PLAN = {
    "/v1/sessions/{session_id}/mixdown": (403, "ENTITLEMENT_REQUIRED"),
    "/v1/sessions/{session_id}/download": (403, "ENTITLEMENT_REQUIRED"),
}
STREAM_SECONDS = 5.0


def example_of(operation: dict[str, Any]) -> Any:
    """A body as the document shows it, so that nothing but the id is wrong with a request."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    if "example" in content or content.get("examples"):
        return content.get("example") or next(iter(content["examples"].values()))["value"]
    name = content["schema"].get("$ref", "").rsplit("/", 1)[-1]
    schema = DOCUMENT["components"]["schemas"].get(name, {})
    return (schema.get("examples") or [{}])[0]


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Every path and method there is."""
    methods = ("get", "post", "put", "patch", "delete")
    return [
        (path, method.upper(), operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in methods
    ]


def filled(path: str, value: str, job: str) -> str:
    """A path with an id in place of each parameter; of days there are few, and not to guess."""
    own = {"{job_id}": job, "{day}": "1"}
    parts = path.split("/")
    return "/".join(own.get(part, value) if part.startswith("{") else part for part in parts)


async def ask(world: World, method: str, path: str, body: Any, token: str | None) -> Answer:
    """One request with or without somebody's token."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    more = {} if body is None else {"json": body}
    return await world.send(method, path, headers, timeout=STREAM_SECONDS, **more)


async def guess(path: str, method: str, operation: dict[str, Any], world: World) -> None:
    """Somebody else's id is answered like an id that nobody has, and without a token like both."""
    body = example_of(operation)
    theirs = filled(path, world.session_id, world.job_id)
    nobodys = filled(path, str(uuid4()), str(uuid4()))
    admin = path.startswith(ADMIN)
    token = await world.stranger() if admin else world.mallory.token
    expected = (403, "FORBIDDEN") if admin else FIRST_THE_PLAN.get(path, (404, "NOT_FOUND"))
    hides = (world.session_id, world.job_id, "Private")
    shouted = filled(path, world.session_id.upper(), world.job_id.upper())
    for target in (theirs, nobodys, shouted, theirs.removeprefix("/v1")):
        answer = await ask(world, method, target, body, token)
        world.check(answer, *expected, hides=hides)
    answer = await ask(world, method, theirs, body, None)
    # What is public is asked for without a token by everybody.
    refused = (401, "UNAUTHORIZED") if operation.get("security") else expected
    world.check(answer, *refused, hides=hides)


def list_guesses() -> None:
    """One attack for each route with an id in it."""
    for path, method, operation in operations():
        if "{" in path:

            async def fire(
                world: World, path: str = path, method: str = method, known: Any = operation
            ) -> None:
                await guess(path, method, known, world)

            ATTACKS.append(Attack(f"id guessing: {method} {path}", fire))


def list_admin_doors() -> None:
    """One attack for each administrators' route without an id."""
    for path, method, operation in operations():
        if path.startswith(ADMIN) and "{" not in path:
            body = example_of(operation)

            async def fire(
                world: World, path: str = path, method: str = method, body: Any = body
            ) -> None:
                await no_role(path, method, body, world)

            ATTACKS.append(Attack(f"no role: {method} {path}", fire))


async def no_role(path: str, method: str, body: Any, world: World) -> None:
    """Somebody signed in who is no administrator, and nobody at all."""
    token = await world.stranger()
    for target in (path, path.removeprefix("/v1")):
        answer = await ask(world, method, target, body, token)
        world.check(answer, 403, "FORBIDDEN")
        world.check(await ask(world, method, target, body, None), 401, "UNAUTHORIZED")


list_guesses()
list_admin_doors()


@attack("no token on every route that wants one")
async def no_token(world: World) -> None:
    """Whatever the document says is secured, is; a broken body makes no difference."""
    for path, method, operation in operations():
        secured = operation.get("security")
        if not secured or {} in secured:
            continue
        target = filled(path, str(uuid4()), str(uuid4()))
        answer = await world.raw(target, ["Content-Length: 1"], b"{", method=method)
        world.check(answer, 401, "UNAUTHORIZED")


@attack("lists of other people's things")
async def lists(world: World) -> None:
    """No page of a list holds what is somebody else's."""
    for query in ("limit=100", "limit=100&offset=50", "userId=x&ownerUserId=x&limit=100"):
        answer = await world.send("GET", f"/v1/sessions?{query}", world.mallory.headers)
        demand(answer.status == 200, f"{answer.status} came")
        world.check_silent(answer, (world.session_id, "Private"))


CURSORS = {
    "SQL": "' OR 1=1 --",
    "a number": "-1",
    "base64 of nonsense": "eyJwIjoxfQ",
    "NUL": "a%00b",
    "8 KB": "a" * 8000,
}


@variants("cursor", CURSORS)
async def cursor(world: World, value: str) -> None:
    """A cursor nobody was given."""
    answer = await world.raw(
        f"/v1/sessions?cursor={value.replace(' ', '%20')}",
        [f"Authorization: Bearer {world.mallory.token}"],
    )
    world.check(answer, 400, "VALIDATION_ERROR", hides=[value[:100]] if len(value) > 5 else [])


@attack("made-up owners in bodies")
async def owners(world: World) -> None:
    """Who owns a session is decided by the token alone; ids of others are not taken over."""
    draft = {
        "title": "Mine",
        "affirmations": ["I breathe slowly."],
        "voiceId": "nova",
        "ownerUserId": "user_root",
        "id": world.session_id,
        "source": "catalog",
        "localDraftId": world.session_id,
    }
    answer = await world.send("POST", "/v1/sessions", world.mallory.headers, json=draft)
    demand(answer.status == 201, f"{answer.status} came")
    made = json.loads(answer.body)
    demand(made["id"] != world.session_id, "a session was taken over")
    demand(made["source"] == "user", "a session became part of the catalogue")
    demand(made["ownerUserId"] != "user_root", "a session got another owner")
    still = await world.send("GET", f"/v1/sessions/{world.session_id}", world.alice.headers)
    demand(json.loads(still.body)["title"] == "Private", "somebody else's session was changed")
