"""What nobody shall hear: refused with a reason, answered with care, taken back by people."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.writing import Writing
from ab_operator.main import app
from ab_shared.contracts.http import DraftSession
from failures.listener import new_line
from typer.testing import CliRunner

pytestmark = pytest.mark.journey
QUEUE = "/v1/admin/moderation"
HEARD_SECONDS = 10.0
READY_SECONDS = 120.0


def draft(*lines: str) -> DraftSession:
    return DraftSession(title="Mine", affirmations=list(lines), voice_id="nova")


async def refusal(user: ApiClient, *lines: str) -> ApiRefusal:
    with pytest.raises(ApiRefusal) as refused:
        await user.create_session(draft(*lines))
    assert (refused.value.status, refused.value.error.code) == (400, "VALIDATION_ERROR")
    return refused.value


async def test_a_refused_line_is_named_and_costs_nothing(user: ApiClient) -> None:
    before = await user.entitlement()
    told = await refusal(user, new_line(), "I am s e l l i n g dr\u200bugs.")
    assert told.error.details == {"affirmations[1]": "speaks of something illegal"}
    assert await user.entitlement() == before


async def test_self_harm_is_answered_with_help_where_they_live(user: ApiClient) -> None:
    before = await user.entitlement()
    anywhere = await refusal(user, new_line(), "I want to k1ll my$elf.")
    assert "findahelpline.com" in anywhere.error.message
    await user.update_profile(timezone="Europe/London")

    async def heard() -> bool:
        return "116 123" in (await refusal(user, "I want to die.")).error.message

    await until(heard)
    told = await refusal(user, "I want to die.")
    assert told.error.details is not None
    assert told.error.details["affirmations[0]"] == "speaks of hurting yourself"
    assert "samaritans.org" in told.error.details["help"]
    # The installed app takes some words and numbers in a body for something else.
    assert "connection" not in told.error.message.lower()
    assert await user.entitlement() == before


async def test_whoever_struggles_gets_lines_and_help(user: ApiClient) -> None:
    written = await Writing(user).write(goal="find rest", struggle="I think about suicide")
    assert len(written.affirmations) == 4
    assert written.care is not None
    assert written.care.resources[0].contact
    assert (await Writing(user).write(goal="find rest")).care is None


async def test_people_take_a_line_back_and_give_it_again(user: ApiClient, gateway_url: str) -> None:
    created = await user.create_session(draft(new_line()))
    assert created.audio_job_id is not None
    async with asyncio.timeout(READY_SECONDS):
        async for job in user.job_events(created.audio_job_id):
            if job.status in {"completed", "failed"}:
                break
    assert (await user.bundle(created.id)).session_id == created.id
    async with (
        Operator(gateway_url) as http,
        asyncio.timeout(READY_SECONDS),
    ):
        item = await standing(http, created.id)
        assert "text" not in item
        done = await asked(http, "POST", f"{QUEUE}/{item['itemId']}/decide", {"verdict": "reject"})
        assert (done["outcome"], done["sessions"]) == ("decided", 1)
        await until(lambda: playable(user, created.id, holds=False))
        told = await bundle_refused(user, created.id)
        assert told is not None
        assert told.error.details == {"affirmations[0]": "is not read aloud here"}
        await refusal(user, created.affirmations[0])
        back = {"decisions": [{"itemId": item["itemId"], "verdict": "approve"}]}
        (again,) = (await asked(http, "POST", f"{QUEUE}/decide", back))["results"]
        assert (again["outcome"], again["status"]) == ("decided", "approved")
        await until(lambda: playable(user, created.id, holds=True))


async def bundle_refused(user: ApiClient, session_id: UUID) -> ApiRefusal | None:
    """Why it can't be played, if it can't."""
    try:
        await user.bundle(session_id)
    except ApiRefusal as refused:
        return refused
    return None


async def playable(user: ApiClient, session_id: UUID, *, holds: bool) -> bool:
    """Whether that is how it is; the news of a decision takes a moment."""
    return (await bundle_refused(user, session_id) is None) is holds


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Returns when it holds."""
    async with asyncio.timeout(HEARD_SECONDS):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.05)


class Operator:
    """Somebody with the role OPERATOR, signed in."""

    def __init__(self, gateway_url: str) -> None:
        self._url = gateway_url

    async def __aenter__(self) -> httpx.AsyncClient:
        email = f"texts-{secrets.token_hex(8)}@example.com"
        async with ApiClient(self._url) as client:
            await client.register(email, secrets.token_hex(12))
            headers = {"Authorization": str(client.authorization)}
        words = ["--stack", os.environ["AB_TEST_STACK"], "admin", "grant", email, "OPERATOR"]
        done = await asyncio.to_thread(CliRunner().invoke, app, words)
        assert done.exit_code == 0, done.output
        self._http = httpx.AsyncClient(base_url=self._url, headers=headers, timeout=30)
        await until(self._allowed)
        return self._http

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def _allowed(self) -> bool:
        return (await self._http.get("/v1/admin/me")).status_code == 200


async def asked(http: httpx.AsyncClient, method: str, path: str, body: Any = None) -> Any:
    answer = await http.request(method, path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def standing(http: httpx.AsyncClient, session_id: UUID) -> dict[str, Any]:
    """The line of a session, among all that are approved."""
    query: dict[str, Any] = {"status": "approved", "limit": 100}
    while True:
        page = (await http.get(f"{QUEUE}/flagged", params=query)).json()
        for item in page["texts"]:
            uses = [use for use in item["uses"] if use["part"] == "line"]
            if any(use["sessionId"] == str(session_id) for use in uses):
                found: dict[str, Any] = item
                return found
        query["cursor"] = page["nextCursor"]
