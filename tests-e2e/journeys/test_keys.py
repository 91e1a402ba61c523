"""Keys on a running stack: those that sign change while people are signed in, those of machines."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import jwt
import pytest
from ab_client.api import ApiClient
from ab_client.jobs import wait_for
from ab_client.lines import new_line
from ab_shared.contracts import api_keys, audit, signing_keys
from ab_shared.contracts.http import DraftSession
from ab_shared.errors import Conflict
from ab_shared.messaging.rabbit import RabbitBus

pytestmark = pytest.mark.journey
WHO: dict[str, Any] = {"actor": "journey", "actor_kind": "operator"}
PASSWORD = "seven quiet otters row home"
# The local lead is ten seconds; the machine may do much else.
ROTATED_SECONDS = 45.0
REVOKED_SECONDS = 2.0


@pytest.fixture
async def operator(stack: dict[str, Any]) -> AsyncIterator[RabbitBus]:
    bus = RabbitBus(stack["infrastructure"]["rabbitmq"]["urls"]["ab-operator"], "operator")
    await bus.start()
    yield bus
    await bus.close()


@pytest.fixture
async def http(gateway_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=gateway_url, timeout=30) as client:
        yield client


async def account(http: httpx.AsyncClient) -> tuple[dict[str, str], dict[str, Any]]:
    body = {"email": f"keys-{secrets.token_hex(8)}@example.com", "password": PASSWORD}
    made = await http.post("/v1/auth/register", json=body)
    assert made.status_code == 201, made.text
    return body, made.json()


async def log_in(http: httpx.AsyncClient, body: dict[str, str]) -> dict[str, Any]:
    answer = await http.post("/v1/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


async def me(http: httpx.AsyncClient, bearer: str) -> int:
    answer = await http.get("/v1/me", headers={"Authorization": f"Bearer {bearer}"})
    return answer.status_code


def kid_of(tokens: dict[str, Any]) -> str:
    return str(jwt.get_unverified_header(tokens["accessToken"])["kid"])


async def until(wanted: Callable[[], Awaitable[bool]], within: float, pause: float = 0.05) -> float:
    """How long it took until ``wanted``, in seconds."""
    started = time.perf_counter()
    async with asyncio.timeout(within):
        while True:
            if await wanted():
                return time.perf_counter() - started
            await asyncio.sleep(pause)


async def test_a_signing_key_changes_and_nobody_is_signed_out(
    http: httpx.AsyncClient, operator: RabbitBus
) -> None:
    body, before = await account(http)
    asked = signing_keys.RotateSigningKey(**WHO, reason="a journey")
    try:
        states = await operator.call(asked)
    except Conflict:
        # A run of this a moment ago: its key takes its turn like any other.
        states = await operator.call(signing_keys.ListSigningKeys())
    waiting = next(key.kid for key in states.keys if key.stage == "published")
    assert kid_of(before) != waiting

    async def changed_over() -> bool:
        assert await me(http, before["accessToken"]) == 200
        listed = await operator.call(signing_keys.ListSigningKeys())
        return any(key.kid == waiting and key.stage == "signing" for key in listed.keys)

    await until(changed_over, ROTATED_SECONDS, pause=0.5)
    after = await log_in(http, body)
    assert kid_of(after) == waiting
    # Both are believed: the new one at once, the old one until it expires.
    assert await me(http, after["accessToken"]) == 200
    assert await me(http, before["accessToken"]) == 200
    renewed = await http.post("/v1/auth/refresh", json={"refreshToken": before["refreshToken"]})
    assert kid_of(renewed.json()) == waiting
    trail = await operator.call(audit.ListAudit(action="signing_key.rotate", limit=1))
    assert trail.entries


async def test_signing_out_everywhere_refuses_every_access_token(http: httpx.AsyncClient) -> None:
    body, one = await account(http)
    two = await log_in(http, body)
    assert [await me(http, tokens["accessToken"]) for tokens in (one, two)] == [200, 200]
    wish = {"refreshToken": two["refreshToken"], "everywhere": True}
    assert (await http.post("/v1/auth/logout", json=wish)).status_code == 204

    async def refused() -> bool:
        return [await me(http, tokens["accessToken"]) for tokens in (one, two)] == [401, 401]

    await until(refused, REVOKED_SECONDS)
    three = await log_in(http, body)
    assert await me(http, three["accessToken"]) == 200


async def test_guessing_waits_and_says_how_long(http: httpx.AsyncClient) -> None:
    body, _ = await account(http)
    wrong = {**body, "password": "seven loud otters row home"}
    answers = [await http.post("/v1/auth/login", json=wrong) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].json()["code"] == "RATE_LIMITED"
    assert int(answers[-1].headers["Retry-After"]) >= 1


async def make_key(
    operator: RabbitBus, *scopes: api_keys.Scope, name: str | None = None
) -> api_keys.NewApiKey:
    return await operator.call(
        api_keys.MakeApiKey(
            name=name or f"journey-{secrets.token_hex(6)}", scopes=scopes, life_seconds=3600, **WHO
        )
    )


async def test_a_machine_makes_a_track_and_is_shut_out_when_its_key_is_revoked(
    http: httpx.AsyncClient, gateway_url: str, operator: RabbitBus
) -> None:
    made = await make_key(operator, "sessions:read", "sessions:write")
    key = made.token.get_secret_value()
    async with ApiClient(gateway_url, token=key) as machine:
        draft = DraftSession(title="By machine", affirmations=[new_line()], voice_id="alloy")
        session = await machine.create_session(draft)
        job = await wait_for(machine, session.audio_job_id)
        assert job.status == "completed"
        bundle = await machine.bundle(session.id)
        assert bundle.session_id == session.id
    # Beyond its scopes, and where no key may come.
    assert await me(http, key) == 403
    headers = {"Authorization": f"Bearer {key}"}
    assert (await http.get("/v1/me/export", headers=headers)).status_code == 403
    rotated = await operator.call(
        api_keys.RotateApiKey(key_id=made.key.key_id, life_seconds=3600, overlap_seconds=600, **WHO)
    )
    both = (key, rotated.token.get_secret_value())

    async def statuses() -> list[int]:
        return [
            (await http.get("/v1/sessions", headers={"Authorization": f"Bearer {one}"})).status_code
            for one in both
        ]

    assert await statuses() == [200, 200]
    await operator.call(api_keys.RevokeApiKey(key_id=made.key.key_id, **WHO))

    async def shut_out() -> bool:
        return await statuses() == [401, 401]

    seconds = await until(shut_out, REVOKED_SECONDS)
    assert seconds < REVOKED_SECONDS
