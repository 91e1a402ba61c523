"""Administrators, from the first one on: granted at the command line, at work over HTTP."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.lines import new_line
from ab_operator.main import app
from ab_shared.contracts.http import DraftSession
from performance.quota_race import id_of
from typer.testing import CliRunner

pytestmark = pytest.mark.journey
# News of a role comes within milliseconds; a machine that does much else may take its time.
HEARD_SECONDS = 10.0


@dataclass
class Person:
    """Somebody with an account, an address and a way to ask."""

    email: str
    user_id: str
    http: httpx.AsyncClient

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """Status and body of a request to the admin surface."""
        answer = await self.http.request(method, f"/v1/admin{path}", **more)
        return answer.status_code, answer.json()


NewPerson = Callable[[], Awaitable[Person]]


@pytest.fixture
async def new_person(gateway_url: str) -> AsyncIterator[NewPerson]:
    async with AsyncExitStack() as stack:

        async def make() -> Person:
            email = f"admin-{secrets.token_hex(8)}@example.com"
            client = await stack.enter_async_context(ApiClient(gateway_url))
            await client.register(email, secrets.token_hex(12))
            headers = {"Authorization": str(client.authorization)}
            http = httpx.AsyncClient(base_url=gateway_url, headers=headers, timeout=30)
            user_id = await id_of(gateway_url, headers["Authorization"])
            return Person(email, user_id, await stack.enter_async_context(http))

        yield make


async def operator(*words: str) -> tuple[int, str]:
    """``ab operator`` on the stack under test."""
    given = ["--stack", os.environ["AB_TEST_STACK"], *words]
    done = await asyncio.to_thread(CliRunner().invoke, app, given)
    return done.exit_code, done.output


async def becomes(person: Person, status: int) -> Any:
    """Asks until the change is heard of."""
    async with asyncio.timeout(HEARD_SECONDS):
        while True:
            found, body = await person.ask("GET", "/me")
            if found == status:
                return body
            await asyncio.sleep(0.02)


async def entries(person: Person, subject: str, count: int) -> list[dict[str, Any]]:
    """The trail of one thing, newest first, once it has so many entries."""
    async with asyncio.timeout(HEARD_SECONDS):
        while True:
            status, body = await person.ask("GET", "/audit", params={"subject": subject})
            assert status == 200
            if len(body["entries"]) >= count:
                found: list[dict[str, Any]] = body["entries"]
                return found
            await asyncio.sleep(0.05)


@pytest.fixture
async def boss(new_person: NewPerson) -> AsyncIterator[Person]:
    """Refused first, then granted ADMIN by the operator; gives it back at the end."""
    person = await new_person()
    status, body = await person.ask("GET", "/me")
    assert (status, body["code"]) == (403, "FORBIDDEN")
    code, output = await operator("admin", "grant", person.email, "ADMIN", "--why", "the first")
    assert (code, person.email in output) == (0, False)
    assert person.user_id in output
    body = await becomes(person, 200)
    assert body["role"] == "ADMIN"
    yield person
    # Whoever is the last one on this stack stays; that is refused, and no matter here.
    assert (await operator("admin", "revoke", person.user_id))[0] in {0, 1}


async def test_the_first_administrator_makes_others_and_all_of_it_is_on_record(
    boss: Person, new_person: NewPerson
) -> None:
    helper, listener = await new_person(), await new_person()
    wanted = {"email": helper.email, "role": "SUPPORT", "reason": "answers mail"}
    status, held = await boss.ask("POST", "/admins", json=wanted)
    first_version = held["version"]
    assert (status, held) == (
        200,
        {"userId": helper.user_id, "role": "SUPPORT", "version": first_version},
    )
    assert (await becomes(helper, 200))["role"] == "SUPPORT"

    correction = {"amount": -1, "reason": "A track that never played"}
    path = f"/users/{listener.user_id}/quota"
    key = {"Idempotency-Key": secrets.token_hex(8)}
    _, shown = await helper.ask("GET", f"/users/{listener.user_id}")
    given_back = shown["quota"]["usage"]["remainingGenerations"] + 1
    for _ in range(2):
        status, day = await helper.ask("POST", path, json=correction, headers=key)
        assert (status, day["usage"]["remainingGenerations"]) == (200, given_back)
    assert (await listener.ask("POST", path, json=correction))[0] == 403
    assert (await helper.ask("POST", "/admins", json=wanted))[0] == 403
    _, shown = await helper.ask("POST", "/users/find", json={"email": listener.email})
    assert (shown["userId"], shown["quota"]["usage"]["remainingGenerations"]) == (
        listener.user_id,
        given_back,
    )
    assert listener.email not in str(shown)

    corrected = await entries(boss, f"user:{listener.user_id}", 1)
    assert [(one["action"], one["actor"], one["actorKind"]) for one in corrected] == [
        ("quota.correct", helper.user_id, "admin")
    ]
    assert (corrected[0]["before"], corrected[0]["after"]["generations"]) == (
        {"generations": 0},
        -1,
    )
    assert corrected[0]["requestId"].isalpha()
    [granted] = await entries(boss, f"user:{helper.user_id}", 1)
    assert (granted["actor"], granted["after"]) == (boss.user_id, {"role": "SUPPORT"})
    [first] = await entries(boss, f"user:{boss.user_id}", 1)
    assert (first["action"], first["actorKind"]) == ("admin.grant", "operator")
    assert first["reason"] == "the first"

    status, taken = await boss.ask("POST", f"/admins/{helper.user_id}/revoke")
    assert (status, taken) == (200, {"userId": helper.user_id, "version": first_version + 1})
    assert (await becomes(helper, 403))["code"] == "FORBIDDEN"
    revoked, _ = await entries(boss, f"user:{helper.user_id}", 2)
    assert (revoked["before"], revoked["after"]) == ({"role": "SUPPORT"}, {"role": None})


async def test_who_knocks_without_a_role_is_on_record_once(
    boss: Person, new_person: NewPerson
) -> None:
    stranger = await new_person()
    for path in ("/audit", "/admins", "/jobs"):
        assert (await stranger.ask("GET", path))[0] == 403
    async with asyncio.timeout(HEARD_SECONDS):
        while True:
            asked = {"actor": stranger.user_id}
            _, body = await boss.ask("GET", "/audit", params=asked)
            if body["entries"]:
                break
            await asyncio.sleep(0.05)
    assert [one["action"] for one in body["entries"]] == ["admin.refused"]


async def test_jobs_are_seen_and_deeds_on_them_are_in_the_administrator_s_name(
    boss: Person, user: ApiClient
) -> None:
    draft = DraftSession(title="Calm", affirmations=[new_line()], voice_id="nova")
    made = await user.create_session(draft)
    path = f"/jobs/{made.audio_job_id}"
    status, row = await boss.ask("GET", path)
    assert (status, row["job"]["id"]) == (200, str(made.audio_job_id))
    status, body = await boss.ask("POST", f"{path}/cancel", json={"reason": "asked for"})
    # It may have been quicker than we are.
    assert status in {200, 409}
    if status == 200:
        assert body["job"]["error"] == "Cancelled"
        assert (await boss.ask("POST", f"{path}/retry"))[0] == 200
        requeued, cancelled = await entries(boss, f"job:{made.audio_job_id}", 2)
        assert (cancelled["action"], requeued["action"]) == ("job.cancel", "job.requeue")
        assert {cancelled["actor"], requeued["actor"]} == {boss.user_id}
        assert cancelled["reason"] == "asked for"


async def test_nobody_is_made_an_administrator_by_a_slip(boss: Person) -> None:
    code, output = await operator("admin", "grant", "nobody-at-all@example.com", "ADMIN")
    assert (code, "Nobody signs in with this" in output) == (1, True)
    assert "nobody-at-all@" not in output
    code, _ = await operator("admin", "grant", "user_nobody", "OPERATOR")
    assert code == 1
    _, listed = await boss.ask("GET", "/admins")
    assert boss.user_id in {one["userId"] for one in listed["admins"]}
