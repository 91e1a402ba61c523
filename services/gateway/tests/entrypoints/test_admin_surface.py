"""What administrators see and do: who asked travels along, and nothing private comes back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from ab_gateway.main import create_admin_app, create_app, listeners
from ab_shared.contracts import admin, audit, job_desk, usage
from ab_shared.contracts.admin import Role
from ab_shared.contracts.jobs import JobSnapshot
from gateway_memory.administration import ADDRESS, LISTENER, Administration
from starlette.applications import Starlette

BOSS = "user_boss"


@pytest.fixture
def office(services: Any) -> Administration:
    made = Administration(services)
    made.hold(BOSS, Role.ADMIN)
    return made


@pytest.fixture
async def world(start: Any, office: Administration) -> Any:
    # Its answers are served from the start of the gateway on.
    assert office.services.more
    return await start()


async def ask(world: Any, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {**world.auth(BOSS), **more.pop("headers", {})}
    answer: httpx.Response = await world.client.request(
        method, f"/v1/admin{path}", headers=headers, **more
    )
    return answer


async def test_an_administrator_sees_their_rights(world: Any, office: Administration) -> None:
    office.hold("user_s", Role.SUPPORT)
    mine = (await world.client.get("/v1/admin/me", headers=world.auth("user_s"))).json()
    assert mine == {
        "userId": "user_s",
        "role": "SUPPORT",
        "may": [
            "me.read",
            "users.read",
            "quota.correct",
            "jobs.read",
            "jobs.retry",
            "privacy_jobs.read",
            "tokens.revoke",
            "sessions.read",
            "stats.read",
            "moderation.read",
        ],
    }
    unprefixed = await world.client.get("/admin/me", headers=world.auth("user_s"))
    assert unprefixed.json() == mine


async def test_roles_are_given_and_taken_in_the_caller_s_name(
    world: Any, office: Administration
) -> None:
    body = {"email": ADDRESS, "role": "SUPPORT", "reason": "answers mail"}
    granted = await ask(world, "POST", "/admins", json=body)
    assert granted.json() == {"userId": LISTENER, "role": "SUPPORT", "version": 1}
    assert ADDRESS not in granted.text
    [deed] = office.deeds
    assert (deed.actor, deed.actor_kind, deed.reason) == (BOSS, "admin", "answers mail")
    listed = (await ask(world, "GET", "/admins")).json()["admins"]
    assert {one["userId"]: one["role"] for one in listed} == {BOSS: "ADMIN", LISTENER: "SUPPORT"}
    revoked = await ask(world, "POST", f"/admins/{LISTENER}/revoke")
    assert revoked.json() == {"userId": LISTENER, "version": 2}
    last = await ask(world, "POST", f"/admins/{BOSS}/revoke")
    assert (last.status_code, last.json()["code"]) == (409, "CONFLICT")


@pytest.mark.parametrize(
    "body",
    [
        {"role": "ADMIN"},
        {"userId": "u", "email": ADDRESS, "role": "ADMIN"},
        {"userId": "u", "role": "BOSS"},
        {"userId": "u\u0000", "role": "ADMIN"},
        {"userId": "u", "role": "admin"},
        {"userId": "u" * 256, "role": "ADMIN"},
        {"user_id": "u", "role": "ADMIN"},
        {"userId": "u", "role": "ADMIN", "reason": "x" * 501},
        {"email": "no address", "role": "ADMIN"},
        [],
        None,
    ],
)
async def test_a_grant_that_makes_no_sense_is_refused(
    world: Any, office: Administration, body: Any
) -> None:
    answer = await ask(world, "POST", "/admins", json=body)
    assert answer.status_code in {400, 404}
    assert office.roles.keys() == {BOSS}


async def test_the_trail_comes_page_by_page(world: Any, office: Administration) -> None:
    first = (await ask(world, "GET", "/audit?limit=3&action=job.&actor=user_admin")).json()
    assert [entry["number"] for entry in first["entries"]] == [5, 4, 3]
    shown = first["entries"][0]
    assert (shown["before"], shown["after"]) == ({"stage": "speaking"}, {"stage": "cancelled"})
    assert shown["requestId"] == "qLxTnWcVbZpRsKdM"
    rest = (await ask(world, "GET", f"/audit?limit=3&cursor={first['nextCursor']}")).json()
    assert [entry["number"] for entry in rest["entries"]] == [2, 1]
    assert "nextCursor" not in rest
    wanted = office.deeds[0]
    assert isinstance(wanted, audit.ListAudit)
    assert (wanted.action, wanted.actor, wanted.limit) == ("job.", "user_admin", 3)
    await ask(world, "GET", "/audit?limit=100000")
    assert office.deeds[-1].limit == audit.MAX_PAGE


@pytest.mark.parametrize(
    "query",
    [
        "cursor=minus",
        "cursor=-1",
        "cursor=" + "9" * 30,
        "cursor=%D9%A3",
        "since=yesterday",
        "since=2026-01-01T00:00:00",
        "since=0001-01-01T00:00:00Z",
        "actor=%00",
        "limit=many",
    ],
)
async def test_a_page_of_the_trail_that_cannot_be_is_refused(world: Any, query: str) -> None:
    answer = await ask(world, "GET", f"/audit?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")


async def test_a_user_is_shown_without_an_address_and_without_their_words(world: Any) -> None:
    shown = await ask(world, "GET", f"/users/{LISTENER}")
    found = await ask(world, "POST", "/users/find", json={"email": ADDRESS})
    assert shown.json() == found.json()
    assert ADDRESS not in found.text
    body = shown.json()
    assert (body["userId"], body["entitlement"]["plan"]) == (LISTENER, "free")
    assert body["quota"]["usage"]["remainingGenerations"] == 1
    assert body["quota"]["ledger"][0]["reason"] == "A track that never played"
    assert "affirmation" not in shown.text.lower()
    assert (await ask(world, "GET", "/users/user_nobody")).status_code == 404
    other = {"email": "other@example.org"}
    assert (await ask(world, "POST", "/users/find", json=other)).status_code == 404


async def test_a_correction_counts_once_and_names_who_made_it(
    world: Any, office: Administration
) -> None:
    body = {"amount": -1, "reason": "A track that never played"}
    for key in ("k1", "k1", "k2"):
        headers = {"Idempotency-Key": key}
        answer = await ask(world, "POST", f"/users/{LISTENER}/quota", json=body, headers=headers)
        assert answer.json()["balance"] == 0
    first, again, other = [d for d in office.deeds if isinstance(d, usage.CorrectQuota)]
    assert first.request_id == again.request_id != other.request_id
    assert (first.actor, first.actor_kind, first.amount) == (BOSS, "admin", -1)
    unknown = await ask(world, "POST", "/users/user_nobody/quota", json=body)
    assert unknown.status_code == 404
    for wrong in ({"amount": -1}, {"amount": 1001, "reason": "why not"}, {"reason": "why not"}):
        refused = await ask(world, "POST", f"/users/{LISTENER}/quota", json=wrong)
        assert refused.status_code == 400


async def test_jobs_come_page_by_page(world: Any, office: Administration) -> None:
    jobs = [office.add_job() for _ in range(3)]
    first = (await ask(world, "GET", "/jobs?show=failed&limit=2")).json()
    assert [one["job"]["id"] for one in first["jobs"]] == [str(job.id) for job in jobs[:2]]
    assert first["jobs"][0]["ownerUserId"] == LISTENER
    assert office.deeds[-1].stages == ("failed", "cancelled")
    await ask(world, "GET", f"/jobs?cursor={first['nextCursor']}")
    assert office.deeds[-1].before == jobs[0].created_at
    for cursor in ("nothing", "%C3%A4", "MjAyNi0wMS0wNQ", "MDAwMS0wMS0wMVQwMDowMDowMCswMDowMA"):
        assert (await ask(world, "GET", f"/jobs?cursor={cursor}")).status_code == 400
    assert (await ask(world, "GET", "/jobs?show=none")).status_code == 400


async def test_deeds_on_jobs_name_who_did_them(world: Any, office: Administration) -> None:
    failed, live = office.add_job(status="failed", stage="failed"), office.add_job()
    shown = (await ask(world, "GET", f"/jobs/{failed.id}")).json()
    assert (shown["job"]["status"], shown["revivals"]) == ("failed", 0)
    reason = {"reason": "asked for by its owner"}
    for job, verb, kind in (
        (live, "cancel", job_desk.StopJob),
        (failed, "retry", job_desk.RequeueJob),
        (live, "requeue", job_desk.RequeueJob),
    ):
        assert await told(world, office, job, verb, json=reason) == (200, kind, reason["reason"])
        assert await told(world, office, job, verb) == (200, kind, None)
    office.deeds.clear()
    stood = await ask(world, "POST", f"/jobs/{live.id}/retry")
    assert stood.status_code == 409
    assert not any(isinstance(deed, job_desk.RequeueJob) for deed in office.deeds)
    assert (await ask(world, "GET", f"/jobs/{uuid4()}")).status_code == 404
    assert (await ask(world, "POST", "/jobs/nonsense/cancel")).status_code == 400
    text = {"Content-Type": "text/plain"}
    wrong = await ask(world, "POST", f"/jobs/{live.id}/cancel", content=b"no", headers=text)
    assert wrong.status_code == 400


async def told(
    world: Any, office: Administration, job: JobSnapshot, verb: str, **body: Any
) -> tuple[int, type[Any], str | None]:
    answer = await ask(world, "POST", f"/jobs/{job.id}/{verb}", **body)
    deed = office.deeds[-1]
    assert (deed.actor, deed.actor_kind) == (BOSS, "admin")
    return answer.status_code, type(deed), deed.reason


async def test_erasures_are_seen_and_pushed_on(world: Any, office: Administration) -> None:
    query = "live=true&userId=user_gone&limit=500"
    first = (await ask(world, "GET", f"/privacy-jobs?{query}")).json()
    [shown] = first["jobs"]
    assert (shown["job"]["type"], shown["waitsFor"]) == ("erasure", ["tts"])
    assert (shown["subject"], shown["requestedBy"]) == ("f" * 64, "user")
    assert "sessionId" not in shown["job"]
    wanted = office.deeds[-1]
    assert (wanted.live, wanted.user_id, wanted.limit) == (True, "user_gone", 200)
    await ask(world, "GET", f"/privacy-jobs?cursor={first['nextCursor']}")
    assert office.deeds[-1].before is not None
    pushed = await ask(world, "POST", f"/privacy-jobs/{shown['job']['id']}/retry")
    assert pushed.json()["job"]["id"] == shown["job"]["id"]
    deed = office.deeds[-1]
    assert (deed.actor, deed.actor_kind) == (BOSS, "admin")


async def test_pages_that_may_call_the_api_may_not_call_this(world: Any) -> None:
    preflight = {
        "Origin": "https://app.example.test",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    for path, allowed in (("/v1/me", True), ("/v1/admin/me", False), ("/admin/me", False)):
        answer = await world.client.options(path, headers=preflight)
        assert ("access-control-allow-origin" in answer.headers) is allowed
    origin = {"Origin": "https://app.example.test"}
    answer = await ask(world, "GET", "/me", headers=origin)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def client_of(app: Starlette) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://admin.test")


async def test_on_a_port_of_its_own_it_is_nowhere_else(world: Any, settings: Any) -> None:
    changes = {"admin_port": 8788, "admin_cors_origins": ("https://admin.example.test",)}
    chosen = settings.model_copy(update=changes)
    public = create_app(chosen)
    public.state.parts = world.gateway.parts
    separate = create_admin_app(chosen, public)
    origin = {**world.auth(BOSS), "Origin": "https://admin.example.test"}
    async with client_of(public) as outside, client_of(separate) as inside:
        assert (await outside.get("/v1/admin/me", headers=origin)).status_code == 404
        assert (await outside.get("/v1/health")).status_code == 200
        answer = await inside.get("/v1/admin/me", headers=origin)
        assert answer.json()["role"] == "ADMIN"
        assert answer.headers["access-control-allow-origin"] == "https://admin.example.test"
        assert (await inside.get("/v1/health")).status_code == 200
        for path in ("/v1/me", "/v1/sessions", "/v1/auth/login"):
            assert (await inside.get(path, headers=origin)).status_code == 404
        paths = (await inside.get("/openapi.json")).json()["paths"]
        assert {path.split("/")[2] for path in paths} == {"admin", "health"}
        assert "/v1/admin/me" not in (await outside.get("/openapi.json")).json()["paths"]


def test_the_port_is_opened_only_where_it_is_set(settings: Any) -> None:
    assert len(listeners(settings)) == 2
    chosen = settings.model_copy(update={"admin_port": 8788, "admin_host": "127.0.0.1"})
    assert [listener.port for listener in listeners(chosen)][2:] == [8788]


async def test_a_separate_port_that_is_up_first_says_come_back(settings: Any) -> None:
    chosen = settings.model_copy(update={"admin_port": 8788})
    separate = create_admin_app(chosen, create_app(chosen))
    async with client_of(separate) as inside:
        answer = await inside.get("/v1/admin/me")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


def test_roles_on_the_wire_are_the_four() -> None:
    assert [role.value for role in admin.Role] == ["ADMIN", "OPERATOR", "SUPPORT", "READ_ONLY"]
