"""Every route of the wire that is here answers as the product page says, with and without /v1."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contract import shapes
from contract.shapes import each, faults, of

pytestmark = pytest.mark.journey
WAKE_UP = "1c261e4b-7009-482a-928e-5b1b46700c99"
EASE_IN = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
LINE = "I keep to my word in every small thing"


def draft(**changes: Any) -> dict[str, Any]:
    """A draft with a field that nobody knows, as everybody may send."""
    return {
        "title": "Contract",
        "affirmations": [LINE],
        "voiceId": "nova",
        "pace": "slow",
        "aFieldOfTomorrow": {"deep": [1, None]},
        **changes,
    }


def shaped(answer: httpx.Response, shape: shapes.Shape, status: int = 200) -> Any:
    """The body, once it is what the page says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-request-id"]
    body = answer.json()
    assert not faults(body, shape), faults(body, shape)
    return body


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal."""
    body: dict[str, Any] = shaped(answer, shapes.ERROR, status)
    assert body["code"] == code
    return body


async def completed(http: httpx.AsyncClient, prefix: str, job_id: str) -> Any:
    """Polls a job until it is over, each answer shaped; speech takes a while on a busy machine."""
    async with asyncio.timeout(100):
        while True:
            job = shaped(await http.get(f"{prefix}/jobs/{job_id}"), {"job": of(shapes.JOB)})["job"]
            if job["status"] in {"completed", "failed"}:
                return job
            await asyncio.sleep(0.3)


async def test_health(nobody: httpx.AsyncClient, prefix: str) -> None:
    answer = await nobody.get(f"{prefix}/health")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})


async def test_profile(somebody: httpx.AsyncClient, prefix: str) -> None:
    assert shaped(await somebody.get(f"{prefix}/me"), shapes.PROFILE)["timezone"] == "UTC"
    body = {"timezone": "Europe/Berlin", "unknown": 1}
    changed = shaped(await somebody.patch(f"{prefix}/me", json=body), shapes.PROFILE)
    assert changed["timezone"] == "Europe/Berlin"
    kept = shaped(await somebody.get(f"{prefix}/me"), shapes.PROFILE)
    assert kept == changed
    elsewhere = await somebody.get(f"{prefix}/me", headers={"X-Timezone": "Asia/Tokyo"})
    assert shaped(elsewhere, shapes.PROFILE)["timezone"] == "Asia/Tokyo"
    nowhere = await somebody.get(f"{prefix}/me", headers={"X-Timezone": "Mars/Olympus"})
    assert shaped(nowhere, shapes.PROFILE)["timezone"] == "Europe/Berlin"
    told = refused(
        await somebody.patch(f"{prefix}/me", json={"timezone": "Mars/Olympus"}),
        400,
        "VALIDATION_ERROR",
    )
    assert set(told["details"]) == {"timezone"}


async def test_entitlement(somebody: httpx.AsyncClient, prefix: str) -> None:
    body = shaped(await somebody.get(f"{prefix}/me/entitlement"), shapes.ENTITLEMENT)
    assert (body["plan"], body["status"]) == ("free", "active")
    assert body["canCreateSession"] is body["canGenerateAudio"] is True
    assert not body["limits"]["offlineDownloads"]


async def test_the_catalogue_is_everybodys(nobody: httpx.AsyncClient, prefix: str) -> None:
    page = shaped(await nobody.get(f"{prefix}/sessions"), shapes.LIST)
    assert (page["limit"], page["offset"], page["hasMore"]) == (50, 0, False)
    assert {WAKE_UP, EASE_IN} <= {row["id"] for row in page["sessions"]}
    assert sum(row.get("goalTag") == "sos" for row in page["sessions"]) > 0
    for session_id in (WAKE_UP, EASE_IN):
        body = shaped(await nobody.get(f"{prefix}/sessions/{session_id}"), shapes.SESSION)
        assert (body["source"], body["ownerUserId"]) == ("catalog", None)
        assert len(body["affirmations"]) >= 4


async def test_choices(nobody: httpx.AsyncClient, prefix: str) -> None:
    ways: dict[str, shapes.Shape] = {
        "voices": {"id": shapes.text, "title": shapes.text, "description": shapes.text},
        "backgrounds": {"id": shapes.text, "title": shapes.text},
        "frequencies": {
            "id": shapes.text,
            "kind": shapes.one_of("binaural", "solfeggio"),
            "hz": shapes.number,
            "brainwaveState?": shapes.text,
        },
    }
    for name, row in ways.items():
        answer = await nobody.get(f"{prefix}/catalog/{name}")
        shaped(answer, {name: each(of(row), 7)})
        assert answer.headers["cache-control"].startswith("public")
        held = {"If-None-Match": answer.headers["etag"]}
        again = await nobody.get(f"{prefix}/catalog/{name}", headers=held)
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("asked", "given"),
    [("limit=0", 1), ("limit=-9", 1), ("limit=101", 100), ("limit=7", 7), ("", 50)],
)
async def test_a_limit_is_brought_into_range(
    nobody: httpx.AsyncClient, prefix: str, asked: str, given: int
) -> None:
    page = shaped(await nobody.get(f"{prefix}/sessions?{asked}"), shapes.LIST)
    assert page["limit"] == given
    assert len(page["sessions"]) <= given


async def test_pages_by_cursor_and_by_offset_hold_the_same(
    nobody: httpx.AsyncClient, prefix: str
) -> None:
    whole = (await nobody.get(f"{prefix}/sessions")).json()["sessions"]
    by_offset, by_cursor, cursor = [], [], None
    for start in range(0, len(whole), 4):
        page = shaped(await nobody.get(f"{prefix}/sessions?limit=4&offset={start}"), shapes.LIST)
        by_offset += page["sessions"]
        query = {"limit": 4, **({"cursor": cursor} if cursor else {})}
        page = shaped(await nobody.get(f"{prefix}/sessions", params=query), shapes.LIST)
        by_cursor += page["sessions"]
        cursor = page.get("nextCursor")
        assert (cursor is not None) == page["hasMore"]
    assert by_offset == by_cursor == whole


async def test_a_cursor_that_nobody_was_given_is_refused(
    nobody: httpx.AsyncClient, somebody: httpx.AsyncClient, prefix: str
) -> None:
    mine = (await somebody.get(f"{prefix}/sessions?limit=1")).json()["nextCursor"]
    for cursor in ("x", "💤", mine[:-2], "A" + mine[1:], mine):
        answer = await nobody.get(f"{prefix}/sessions", params={"cursor": cursor})
        told = refused(answer, 400, "VALIDATION_ERROR")
        assert set(told["details"]) == {"cursor"}


async def test_a_session_from_draft_to_bundle(
    somebody: httpx.AsyncClient, nobody: httpx.AsyncClient, prefix: str
) -> None:
    wish = draft(localDraftId=str(uuid4()), goalTag="focus", title="A full life")
    answer = await somebody.post(f"{prefix}/sessions", json=wish)
    made = shaped(answer, shapes.CREATED, 201)
    assert answer.headers["location"] == f"/v1/sessions/{made['id']}"
    assert (made["brainwaveState"], made["frequencyHz"], made["source"]) == ("SMR", 13.5, "user")
    assert "solfeggioHz" not in made
    again = shaped(await somebody.post(f"{prefix}/sessions", json=wish), shapes.CREATED, 201)
    assert (again["id"], again["_audioJobId"]) == (made["id"], made["_audioJobId"])

    where = f"{prefix}/sessions/{made['id']}"
    job = await completed(somebody, prefix, made["_audioJobId"])
    assert (job["status"], job["progress"], job["sessionId"]) == ("completed", 1, made["id"])
    assert {"startedAt", "finishedAt"} <= set(job)
    refused(await somebody.post(f"{prefix}/jobs/{job['id']}/cancel"), 409, "CONFLICT")
    events = await somebody.get(f"{prefix}/jobs/{job['id']}/events")
    assert events.headers["content-type"].startswith("text/event-stream")
    shown = json.loads(events.text.partition("data: ")[2].splitlines()[0])
    assert not faults(shown, {"job": of(shapes.JOB)})

    read = shaped(await somebody.get(where), shapes.SESSION)
    assert read["audio"]["affirmationsMergedUrl"].rpartition("?")[0].endswith("/affirmations.m4a")
    ensured = await somebody.post(f"{where}/ensure-audio")
    assert shaped(ensured, {"status": shapes.exactly("ready")})
    answer = await somebody.get(f"{where}/playback-bundle")
    bundle = shaped(answer, {"bundle": of(shapes.BUNDLE)})["bundle"]
    assert answer.headers["cache-control"] == "no-store"
    assert ("binaural" in bundle, "solfeggio" in bundle) == (True, False)
    assert bundle["mix"] == {"affirmations": 1, "binaural": 0.05, "background": 0.3}
    refused(await somebody.get(f"{where}/download"), 403, "ENTITLEMENT_REQUIRED")
    refused(
        await somebody.post(f"{where}/mixdown", json={"minutes": 5}), 403, "ENTITLEMENT_REQUIRED"
    )
    refused(await nobody.get(where), 401, "UNAUTHORIZED")


async def test_a_solfeggio_session_has_no_binaural_fields(
    somebody: httpx.AsyncClient, prefix: str
) -> None:
    wish = draft(solfeggioHz=528, voiceId="unknown-voice")
    made = shaped(await somebody.post(f"{prefix}/sessions", json=wish), shapes.CREATED, 201)
    assert made["solfeggioHz"] == 528
    assert made["voiceId"] == "nova"
    assert not {"frequencyHz", "brainwaveState", "goalTag"} & set(made)
    await somebody.post(f"{prefix}/jobs/{made['_audioJobId']}/cancel")
    job = await completed(somebody, prefix, made["_audioJobId"])
    # The reads of this line are known by now, so it may have been quicker.
    assert (job["status"], job.get("error")) in {("failed", "Cancelled"), ("completed", None)}


async def test_somebody_elses_session_does_not_exist(
    somebody: httpx.AsyncClient, new_user: Any, gateway_url: str, prefix: str
) -> None:
    made = (await somebody.post(f"{prefix}/sessions", json=draft())).json()
    other = await new_user()
    headers = {"Authorization": str(other.authorization)}
    session, job = (
        f"{prefix}/sessions/{made['id']}",
        f"{prefix}/jobs/{made['_audioJobId']}",
    )
    reads = [session, f"{session}/playback-bundle", f"{session}/captions", job, f"{job}/events"]
    async with httpx.AsyncClient(base_url=gateway_url, headers=headers) as stranger:
        for path in reads:
            refused(await stranger.get(path), 404, "NOT_FOUND")
        for path in (f"{session}/ensure-audio", f"{job}/cancel"):
            refused(await stranger.post(path), 404, "NOT_FOUND")


async def test_signing_in(nobody: httpx.AsyncClient, prefix: str) -> None:
    account = {"email": f"{uuid4().hex}@example.com", "password": uuid4().hex, "more": 1}
    shaped(await nobody.post(f"{prefix}/auth/register", json=account), shapes.TOKENS, 201)
    refused(await nobody.post(f"{prefix}/auth/register", json=account), 409, "CONFLICT")
    first = shaped(await nobody.post(f"{prefix}/auth/login", json=account), shapes.TOKENS)
    body = {"refreshToken": first["refreshToken"]}
    second = shaped(await nobody.post(f"{prefix}/auth/refresh", json=body), shapes.TOKENS)
    # Used twice: its whole family is over.
    refused(await nobody.post(f"{prefix}/auth/refresh", json=body), 401, "UNAUTHORIZED")
    body = {"refreshToken": second["refreshToken"]}
    refused(await nobody.post(f"{prefix}/auth/refresh", json=body), 401, "UNAUTHORIZED")
    done = await nobody.post(f"{prefix}/auth/logout", json=body)
    assert (done.status_code, done.content) == (204, b"")
    wrong = {**account, "password": "not this one at all"}
    refused(await nobody.post(f"{prefix}/auth/login", json=wrong), 401, "UNAUTHORIZED")


NEEDS_A_TOKEN = (
    ("GET", "/me"),
    ("PATCH", "/me"),
    ("GET", "/me/entitlement"),
    ("POST", "/sessions"),
    ("POST", f"/sessions/{WAKE_UP}/ensure-audio"),
    ("POST", f"/sessions/{WAKE_UP}/mixdown"),
    ("GET", f"/sessions/{WAKE_UP}/download"),
    ("GET", f"/jobs/{WAKE_UP}"),
    ("POST", f"/jobs/{WAKE_UP}/cancel"),
    ("GET", f"/jobs/{WAKE_UP}/events"),
    ("GET", "/me/export"),
    ("DELETE", "/me"),
)


@pytest.mark.parametrize(("method", "path"), NEEDS_A_TOKEN)
async def test_what_needs_a_token_says_so(
    nobody: httpx.AsyncClient, prefix: str, method: str, path: str
) -> None:
    answer = await nobody.request(method, f"{prefix}{path}")
    refused(answer, 401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_refusals(somebody: httpx.AsyncClient, prefix: str) -> None:
    refused(await somebody.get(f"{prefix}/sessions/seven"), 400, "INVALID_SESSION_ID")
    refused(await somebody.get(f"{prefix}/sessions/{uuid4()}"), 404, "NOT_FOUND")
    refused(await somebody.get(f"{prefix}/jobs/{uuid4()}"), 404, "NOT_FOUND")
    refused(await somebody.get(f"{prefix}/sessions?limit=many"), 400, "VALIDATION_ERROR")
    told = refused(await somebody.post(f"{prefix}/sessions", json={}), 400, "VALIDATION_ERROR")
    assert {"title", "affirmations", "voiceId"} <= set(told["details"])
    large = b'{"title": "' + b"a" * 300_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    answer = await somebody.post(f"{prefix}/sessions", content=large, headers=headers)
    refused(answer, 413, "PAYLOAD_TOO_LARGE")


async def test_a_key_with_another_body_is_refused(somebody: httpx.AsyncClient, prefix: str) -> None:
    headers = {"Idempotency-Key": f'"{uuid4()}"'}
    made = await somebody.post(f"{prefix}/sessions", json=draft(), headers=headers)
    again = await somebody.post(f"{prefix}/sessions", json=draft(), headers=headers)
    assert made.json()["id"] == again.json()["id"]
    other = await somebody.post(f"{prefix}/sessions", json=draft(title="B"), headers=headers)
    refused(other, 422, "CONFLICT")
