"""Who gets in to the admin surface: every route with every role, and everybody who may not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_gateway.adapters.role_cache import FRESH, RoleCache
from ab_gateway.domain.roles import RIGHTS, Action, Administrator, allows
from ab_gateway.entrypoints.http.app import public_app
from ab_gateway.usecases.refuse_admin import MOST, ONCE_IN, RefuseAdmin
from ab_shared.contracts import admin
from ab_shared.contracts.admin import Role, RoleChanged
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.errors import DependencyUnavailable
from ab_shared.testing.clock import FakeClock
from gateway_memory.administration import ADDRESS, LISTENER, Administration
from gateway_memory.desk import SESSION
from gateway_memory.machines import Machines
from gateway_memory.texts import ITEM

REASON = {"reason": "asked for by its owner"}
PROMPT = {"key": "writer.instructions", "version": 1}
# Method and path, what is sent, the right it takes.
SURFACE: list[tuple[str, str, Any, Action]] = [
    ("GET", "/admin/me", None, Action.WHO_AM_I),
    ("GET", "/admin/admins", None, Action.READ_ADMINS),
    ("POST", "/admin/admins", {"userId": LISTENER, "role": "SUPPORT"}, Action.CHANGE_ADMINS),
    ("POST", "/admin/admins/{user_id}/revoke", REASON, Action.CHANGE_ADMINS),
    ("GET", "/admin/audit", None, Action.READ_AUDIT),
    ("POST", "/admin/users/find", {"email": ADDRESS}, Action.READ_USERS),
    ("GET", "/admin/users/{user_id}", None, Action.READ_USERS),
    (
        "POST",
        "/admin/users/{user_id}/quota",
        {"amount": -1, "reason": "A track that never played"},
        Action.CORRECT_QUOTA,
    ),
    ("GET", "/admin/jobs", None, Action.READ_JOBS),
    ("GET", "/admin/jobs/{job_id}", None, Action.READ_JOBS),
    ("POST", "/admin/jobs/{job_id}/cancel", REASON, Action.CANCEL_JOBS),
    ("POST", "/admin/jobs/{job_id}/retry", REASON, Action.RETRY_JOBS),
    ("POST", "/admin/jobs/{job_id}/requeue", REASON, Action.REQUEUE_JOBS),
    ("GET", "/admin/privacy-jobs", None, Action.READ_PRIVACY),
    ("POST", "/admin/privacy-jobs/{job_id}/retry", REASON, Action.RETRY_PRIVACY),
    ("GET", "/admin/ai-sources", None, Action.READ_PROMPTS),
    ("GET", "/admin/ai-sources/{key}", None, Action.READ_PROMPTS),
    ("POST", "/admin/ai-sources/{key}/versions", {"text": "x"}, Action.CHANGE_PROMPTS),
    (
        "POST",
        "/admin/ai-sources/{key}/versions/{version}/activate",
        REASON,
        Action.CHANGE_PROMPTS,
    ),
    (
        "POST",
        "/admin/ai-sources/{key}/versions/{version}/rollout",
        {"percent": 10},
        Action.CHANGE_PROMPTS,
    ),
    ("POST", "/admin/ai-sources/{key}/preview", {"version": 1}, Action.CHANGE_PROMPTS),
    ("GET", "/admin/moderation/stats", None, Action.READ_TEXTS),
    ("GET", "/admin/moderation/flagged", None, Action.READ_TEXTS),
    ("POST", "/admin/moderation/{item_id}/decide", {"verdict": "reject"}, Action.DECIDE_TEXTS),
    (
        "POST",
        "/admin/moderation/decide",
        {"decisions": [{"itemId": str(ITEM), "verdict": "approve"}]},
        Action.DECIDE_TEXTS,
    ),
    ("POST", "/admin/users/{user_id}/erase", REASON, Action.ERASE_USERS),
    ("POST", "/admin/users/{user_id}/revoke-tokens", REASON, Action.REVOKE_TOKENS),
    ("GET", "/admin/sessions", None, Action.READ_SESSIONS),
    ("GET", "/admin/sessions/{session_id}", None, Action.READ_SESSIONS),
    ("DELETE", "/admin/sessions/{session_id}", REASON, Action.DELETE_SESSIONS),
    ("POST", "/admin/sessions/{session_id}/lines", REASON, Action.READ_LINES),
    ("GET", "/admin/sessions/{session_id}/audio-integrity", None, Action.READ_SESSIONS),
    ("POST", "/admin/sessions/{session_id}/rebuild-audio", REASON, Action.REBUILD_AUDIO),
    ("GET", "/admin/dashboard/stats", None, Action.READ_STATS),
    ("GET", "/admin/analytics", None, Action.READ_ANALYTICS),
    ("POST", "/admin/analytics/roll-up", {"day": "2026-01-05"}, Action.ROLL_UP),
]
# Written out once more, by hand: a slip in the table of rights shall not pass by itself.
ALLOWED = {
    Action.WHO_AM_I: "ADMIN OPERATOR SUPPORT READ_ONLY",
    Action.READ_ADMINS: "ADMIN OPERATOR READ_ONLY",
    Action.CHANGE_ADMINS: "ADMIN",
    Action.READ_AUDIT: "ADMIN OPERATOR READ_ONLY",
    Action.READ_USERS: "ADMIN OPERATOR SUPPORT READ_ONLY",
    Action.CORRECT_QUOTA: "ADMIN OPERATOR SUPPORT",
    Action.READ_JOBS: "ADMIN OPERATOR SUPPORT READ_ONLY",
    Action.RETRY_JOBS: "ADMIN OPERATOR SUPPORT",
    Action.REQUEUE_JOBS: "ADMIN OPERATOR",
    Action.CANCEL_JOBS: "ADMIN OPERATOR",
    Action.READ_PRIVACY: "ADMIN OPERATOR SUPPORT READ_ONLY",
    Action.RETRY_PRIVACY: "ADMIN OPERATOR",
    Action.READ_PROMPTS: "ADMIN OPERATOR READ_ONLY",
    Action.CHANGE_PROMPTS: "ADMIN OPERATOR",
    Action.READ_TEXTS: "ADMIN OPERATOR SUPPORT READ_ONLY",
    Action.DECIDE_TEXTS: "ADMIN OPERATOR",
    Action.ERASE_USERS: "ADMIN",
    Action.REVOKE_TOKENS: "ADMIN OPERATOR SUPPORT",
    Action.READ_SESSIONS: "ADMIN OPERATOR SUPPORT READ_ONLY",
    Action.READ_LINES: "ADMIN",
    Action.REBUILD_AUDIO: "ADMIN OPERATOR",
    Action.DELETE_SESSIONS: "ADMIN OPERATOR",
    Action.READ_STATS: "ADMIN OPERATOR SUPPORT READ_ONLY",
    Action.READ_ANALYTICS: "ADMIN OPERATOR READ_ONLY",
    Action.ROLL_UP: "ADMIN OPERATOR",
}


@pytest.fixture
def office(services: Any) -> Administration:
    return Administration(services)


@pytest.fixture
async def world(start: Any, office: Administration) -> Any:
    # Its answers are served from the start of the gateway on.
    assert office.services.more
    return await start()


async def knock(world: Any, office: Administration, row: Any, user: str, **claims: Any) -> Any:
    """One request of the table, as a user."""
    method, path, body, _ = row
    job = office.add_job(status="failed", stage="failed")
    place = path.format(user_id=LISTENER, item_id=ITEM, job_id=job.id, session_id=SESSION, **PROMPT)
    headers = world.auth(user, **claims) if user else {}
    return await world.client.request(method, f"/v1{place}", json=body, headers=headers)


def test_the_table_has_every_route_and_every_right() -> None:
    routes = {
        (method.upper(), path.removeprefix("/v1"))
        for path, methods in public_app().openapi()["paths"].items()
        if path.startswith("/v1/admin")
        for method in methods
    }
    assert routes == {(method, path) for method, path, _, _ in SURFACE}
    assert {action for *_, action in SURFACE} == set(Action) == set(RIGHTS)


@pytest.mark.parametrize("action", Action)
def test_rights_are_what_is_written_down(action: Action) -> None:
    assert {role.value for role in RIGHTS[action]} == set(ALLOWED[action].split())
    assert not allows(None, action)
    changing = not action.value.endswith(".read")
    assert not (changing and allows(Role.READ_ONLY, action))
    assert allows(Role.ADMIN, action)


@pytest.mark.parametrize("role", [*Role, None])
@pytest.mark.parametrize("row", SURFACE, ids=lambda row: f"{row[0]} {row[1]}")
async def test_a_role_opens_what_is_its_own(
    world: Any, office: Administration, row: Any, role: Role | None
) -> None:
    if role is not None:
        office.hold("user_x", role)
    answer = await knock(world, office, row, "user_x")
    if role is not None and role.value in ALLOWED[row[3]].split():
        assert answer.is_success, answer.text
        assert answer.headers["cache-control"] == "no-store"
    else:
        assert answer.status_code == 403
        assert answer.json()["code"] == "FORBIDDEN"
        # Not in the whole body: a request id is made of random letters.
        said = answer.json()["message"]
        assert not any(word in said for word in (*Role, "role", "admin"))
        assert office.deeds == []


@pytest.mark.parametrize("row", SURFACE, ids=lambda row: f"{row[0]} {row[1]}")
async def test_nobody_forgers_and_impersonators_stay_outside(
    world: Any, office: Administration, row: Any
) -> None:
    office.hold("user_x", Role.ADMIN)
    office.hold("user_boss", Role.ADMIN)
    assert (await knock(world, office, row, "")).status_code == 401
    assert (await knock(world, office, row, "user_x", exp=1)).status_code == 401
    sat = await knock(world, office, row, "user_x", act={"sub": "user_boss"})
    assert sat.status_code == 403
    assert office.deeds == []


@pytest.mark.parametrize("row", SURFACE, ids=lambda row: f"{row[0]} {row[1]}")
async def test_a_machine_needs_the_scope_and_the_role(
    start: Any, services: Any, office: Administration, row: Any
) -> None:
    machines = Machines()
    machines.install(services)
    world = await start()
    narrow = machines.make("sessions:read", "sessions:write", "me:read")
    wide = machines.make("admin")
    assert await knock_with(world, office, row, narrow) == 403
    assert await knock_with(world, office, row, wide) == 403
    office.hold(f"machine_{'0' * 32}", Role.ADMIN)
    second = await start()
    assert await knock_with(second, office, row, narrow) == 403
    assert await knock_with(second, office, row, wide) in {200, 202, 204}


async def knock_with(world: Any, office: Administration, row: Any, key: str) -> int:
    method, path, body, _ = row
    names = {"user_id": LISTENER, "item_id": ITEM, "session_id": SESSION, **PROMPT}
    place = path.format(job_id=office.add_job(status="failed").id, **names)
    headers = {"Authorization": f"Bearer {key}"}
    answer = await world.client.request(method, f"/v1{place}", json=body, headers=headers)
    return int(answer.status_code)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
async def test_the_trail_can_only_be_read(world: Any, office: Administration, method: str) -> None:
    office.hold("user_x", Role.ADMIN)
    for path in ("/v1/admin/audit", "/v1/admin/audit/5"):
        answer = await world.client.request(method, path, json={}, headers=world.auth("user_x"))
        assert answer.status_code in {404, 405}


async def test_while_auth_is_away_nobody_unknown_gets_in(
    world: Any, office: Administration
) -> None:
    office.hold("user_x", Role.ADMIN)
    office.hold("user_y", Role.ADMIN)
    mine, other = world.auth("user_x"), world.auth("user_y")
    assert (await world.client.get("/v1/admin/me", headers=mine)).status_code == 200
    office.away = True
    # Heard of half a minute ago at the most: that still counts.
    assert (await world.client.get("/v1/admin/me", headers=mine)).status_code == 200
    answer = await world.client.get("/v1/admin/me", headers=other)
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")


async def test_a_role_that_is_taken_ends_at_once(world: Any, office: Administration) -> None:
    office.hold("user_x", Role.ADMIN)
    headers = world.auth("user_x")
    assert (await world.client.get("/v1/admin/me", headers=headers)).json()["role"] == "ADMIN"
    held = office.hold("user_x", None)
    changed = RoleChanged(user_id="user_x", role=None, version=held.version)
    await world.broker.send(changed)
    await world.broker.settle()
    assert (await world.client.get("/v1/admin/me", headers=headers)).status_code == 403
    held = office.hold("user_x", Role.SUPPORT)
    await world.broker.send(RoleChanged(**held.model_dump()))
    await world.broker.settle()
    assert (await world.client.get("/v1/admin/me", headers=headers)).json()["role"] == "SUPPORT"


async def test_refusals_leave_one_entry_a_person_and_hour(
    world: Any, office: Administration
) -> None:
    office.hold("user_x", Role.READ_ONLY)
    for user in ("user_x", "user_x", "user_stranger"):
        await knock(world, office, SURFACE[2], user)
    entries = world.broker.messages(AuditRecorded)
    assert [(e.action, e.subject, e.actor, e.actor_kind) for e in entries] == [
        ("admin.refused", "right:admins.change", "user_x", "admin"),
        ("admin.refused", "right:admins.change", "user_stranger", "user"),
    ]
    assert entries[0].after == {"reason": "role", "role": "READ_ONLY"}
    assert entries[0].request_id


async def test_the_surface_has_a_rate_of_its_own(start: Any, office: Administration) -> None:
    world = await start(rate_limit_admin_per_minute=2)
    office.hold("user_x", Role.ADMIN)
    headers = world.auth("user_x")
    answers = [await world.client.get("/v1/admin/me", headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"admin";q=2;w=60'
    # Whoever has no role is counted too, and before auth is asked.
    asked = len(world.services.asked_for(admin.GetRole))
    for _ in range(4):
        await world.client.get("/v1/admin/me", headers=world.auth("user_y"))
    assert len(world.services.asked_for(admin.GetRole)) - asked <= 2


class TestRoleCache:
    def held(self, version: int, role: Role | None = Role.ADMIN) -> admin.HeldRole:
        return admin.HeldRole(user_id="u", role=role, version=version)

    def test_a_role_is_kept_for_half_a_minute(self) -> None:
        clock = FakeClock()
        cache = RoleCache(clock)
        assert cache.keep(self.held(1))
        clock.advance(FRESH.total_seconds() - 1)
        assert cache.find("u") == self.held(1)
        clock.advance(1)
        assert cache.find("u") is None
        assert timedelta(seconds=30) >= FRESH

    def test_news_goes_before_late_answers(self) -> None:
        cache = RoleCache(FakeClock())
        cache.keep(self.held(1))
        cache.evict("u", 2)
        assert cache.find("u") is None
        assert not cache.keep(self.held(1))
        assert cache.keep(self.held(2, None))
        cache.evict("u", 2)
        assert cache.find("u") == self.held(2, None)

    def test_it_is_bounded(self) -> None:
        cache = RoleCache(FakeClock(), most=2)
        for name in "abc":
            cache.keep(admin.HeldRole(user_id=name, role=Role.ADMIN, version=1))
        assert [cache.find(name) is None for name in "abc"] == [True, False, False]


class TestRefusals:
    class Broken:
        def __init__(self) -> None:
            self.tried = 0

        async def record(self, _entry: AuditRecorded) -> None:
            self.tried += 1
            raise DependencyUnavailable("the broker is away")

    async def test_a_crowd_leaves_a_bounded_number_of_entries(self) -> None:
        clock, trail = FakeClock(datetime(2026, 1, 5, tzinfo=UTC)), self.Broken()
        refuse = RefuseAdmin(trail, clock)
        for number in range(MOST + 50):
            await refuse(caller(f"user_{number}"), Action.READ_JOBS, None, "role")
        assert trail.tried == MOST
        clock.advance(ONCE_IN.total_seconds())
        await refuse(caller("user_0"), Action.READ_JOBS, None, "role")
        assert trail.tried == MOST + 1


def caller(user_id: str) -> Any:
    return Administrator(user_id, Role.ADMIN)
