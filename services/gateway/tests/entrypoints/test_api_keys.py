"""Keys of machines at the door: what they open, what they cost, and how fast they are shut."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any

import pytest
from ab_gateway.domain.identity import Issuer
from ab_gateway.entrypoints.http.app import public_app
from ab_gateway.entrypoints.http.scopes import PUBLIC, SCOPES, needed
from ab_gateway.usecases import verify_api_key
from ab_gateway.usecases.verify_api_key import VerifyApiKey, presented_key
from ab_shared.contracts.api_keys import ApiKeyChanged
from ab_shared.contracts.api_keys import VerifyApiKey as Request
from ab_shared.errors import DependencyUnavailable, Overloaded, Unauthorized
from ab_shared.testing.clock import FakeClock
from gateway_memory.machines import Machines

CATALOGUE = "1c261e4b-7009-482a-928e-5b1b46700c99"
ALL = ("sessions:read", "sessions:write", "me:read", "admin")


@pytest.fixture
def machines(services: Any) -> Machines:
    made = Machines()
    made.install(services)
    return made


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def status(world: Any, key: str, method: str, path: str, **more: Any) -> int:
    answer = await world.client.request(method, path, headers=bearer(key), **more)
    return int(answer.status_code)


def asked(world: Any) -> int:
    return len(world.services.asked_for(Request))


async def test_a_key_is_a_machine_user_and_is_asked_about_once(
    machines: Machines, start: Any
) -> None:
    world, key = await start(), machines.make(*ALL)
    for _ in range(3):
        answer = await world.client.get("/v1/me", headers=bearer(key))
        assert (answer.status_code, answer.json()["id"]) == (200, f"machine_{'0' * 32}")
    [question] = world.services.asked_for(Request)
    assert key.split("_", 2)[2] not in question.model_dump_json()


@pytest.mark.parametrize(
    ("scope", "method", "path", "wanted"),
    [
        ("me:read", "GET", "/v1/me", 200),
        ("sessions:read", "GET", "/v1/me", 403),
        ("admin", "GET", "/v1/me", 403),
        ("sessions:read", "GET", "/sessions", 200),
        ("me:read", "GET", "/v1/sessions", 403),
        ("sessions:read", "GET", f"/v1/sessions/{CATALOGUE}", 200),
        ("sessions:read", "POST", f"/v1/sessions/{CATALOGUE}/ensure-audio", 403),
        ("sessions:write", "POST", f"/v1/sessions/{CATALOGUE}/ensure-audio", 200),
        ("sessions:write", "GET", f"/v1/sessions/{CATALOGUE}", 403),
        ("sessions:write", "PATCH", "/v1/me", 403),
        ("sessions:write", "GET", "/v1/me/export", 403),
        ("sessions:write", "GET", "/v1/admin/audit", 403),
    ],
)
async def test_each_route_wants_its_scope(
    machines: Machines, start: Any, scope: Any, method: str, path: str, wanted: int
) -> None:
    world = await start()
    assert await status(world, machines.make(scope), method, path) == wanted


def every_route() -> set[tuple[str, str]]:
    """Method and template of all the application serves, in its document or not."""
    app = public_app(surfaces=("app", "admin"))
    found = set()
    for route in app.router.routes:
        inner = getattr(route, "effective_route_contexts", None)
        for one in inner() if inner else [route]:
            methods, path = getattr(one, "methods", None), getattr(one, "path", None)
            assert methods, "a route that this test can't look into"
            assert path is not None
            found |= {(method, path.removeprefix("/v1")) for method in methods}
    return {(method, path) for method, path in found if method not in {"HEAD", "OPTIONS"}}


def test_every_route_says_which_scope_it_wants_and_the_table_names_no_other() -> None:
    found = every_route()
    # Own routes, the document's, and groups within groups.
    assert {("POST", "/sessions"), ("GET", "/openapi.json"), ("GET", "/admin/audit")} <= found
    silent = {f"{method} {route}" for method, route in found if needed(method, route) is None}
    assert not silent, "add them to entrypoints/http/scopes.py"
    assert not set(SCOPES) - {f"{method} {route}" for method, route in found}


def test_what_no_key_is_looked_at_for_is_just_what_asks_nobody_who_they_are() -> None:
    document = public_app(surfaces={"app", "admin"}).openapi()
    for path, item in document["paths"].items():
        for method, told in item.items():
            open_to_all = needed(method.upper(), path.removeprefix("/v1")) == PUBLIC
            assert open_to_all is ("security" not in told), f"{method} {path}"


def test_a_route_nobody_thought_of_is_shut_to_keys() -> None:
    assert needed("GET", "/new") is None
    assert not set(ALL) & {None, PUBLIC}
    assert set(SCOPES.values()) <= {*ALL, PUBLIC, "people"}


@pytest.mark.parametrize(
    "key",
    [
        "abk_",
        "abk_0123456789abcdef",
        "abk_0123456789abcdef_short",
        f"abk_0123456789ABCDEF_{'x' * 43}",
        f"abk_0123456789abcdeg_{'x' * 43}",
        f"abk_0123456789abcdef_{'x' * 44}",
        f"abk_0123456789abcdef_{'x' * 42}\u00e9",
        f"abk_0123456789abcdef_{'x' * 9000}",
    ],
)
async def test_a_malformed_key_is_refused_and_asks_nobody(
    machines: Machines, start: Any, key: str
) -> None:
    assert machines
    world = await start()
    answer = await world.client.get(
        "/v1/me", headers=[(b"authorization", f"Bearer {key}".encode())]
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert asked(world) == 0


def made_up() -> str:
    return f"abk_{secrets.token_hex(8)}_{secrets.token_urlsafe(32)}"


async def test_an_unknown_key_is_asked_about_once(machines: Machines, start: Any) -> None:
    assert machines
    world, key = await start(), made_up()
    assert [await status(world, key, "GET", "/v1/me") for _ in range(5)] == [401] * 5
    assert asked(world) == 1


async def test_made_up_keys_are_no_stream_of_questions(machines: Machines, start: Any) -> None:
    world = await start(rate_limit_per_minute=10)
    good = machines.make("me:read")
    assert await status(world, good, "GET", "/v1/me") == 200
    answers = [await status(world, made_up(), "GET", "/v1/me") for _ in range(30)]
    assert set(answers) == {401, 429}
    assert asked(world) <= 11
    # A key that is known goes on: it is counted as its user.
    assert await status(world, good, "GET", "/v1/me") == 200


async def test_a_key_that_changed_is_asked_about_anew(machines: Machines, start: Any) -> None:
    world, key = await start(), machines.make("me:read")
    assert await status(world, key, "GET", "/v1/me") == 200
    machines.good.clear()
    assert await status(world, key, "GET", "/v1/me") == 200
    await world.broker.send(ApiKeyChanged(key_id=key.split("_")[1], revoked=True))
    await world.broker.settle()
    assert await status(world, key, "GET", "/v1/me") == 401


async def test_a_key_opens_no_sign_in_route(machines: Machines, start: Any) -> None:
    world, key = await start(), machines.make(*ALL)
    answer = await world.client.post("/v1/auth/refresh", json={}, headers=bearer(key))
    assert answer.status_code == 400
    assert asked(world) == 0


async def test_auth_away_is_503_not_401(machines: Machines, start: Any) -> None:
    world, key = await start(), machines.make("me:read")
    world.broker.available = False
    assert await status(world, key, "GET", "/v1/me") == 503


class SlowAuth:
    """Answers when a test says so."""

    def __init__(self, machines: Machines) -> None:
        self.machines = machines
        self.may_answer = asyncio.Event()
        self.began = asyncio.Event()
        self.asked = 0
        self.fails = False

    def call(self, request: Any, *, timeout: float = 5.0) -> Any:
        del timeout
        return self._call(request)

    async def _call(self, request: Any) -> Any:
        self.asked += 1
        self.began.set()
        await self.may_answer.wait()
        if self.fails:
            raise DependencyUnavailable("away")
        return self.machines.answer(request)


class TestMemory:
    """The use case alone, over an auth that is slow."""

    @pytest.fixture
    def auth(self) -> SlowAuth:
        return SlowAuth(Machines())

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock(datetime.now(UTC))

    @pytest.fixture
    def verify(self, auth: SlowAuth, clock: FakeClock) -> VerifyApiKey:
        return VerifyApiKey(auth, clock)

    def key(self, token: str) -> Any:
        return presented_key(f"bearer {token}")

    async def test_many_at_once_ask_once(self, auth: SlowAuth, verify: VerifyApiKey) -> None:
        key = self.key(auth.machines.make("me:read"))
        waiting = [asyncio.create_task(verify(key)) for _ in range(10)]
        await asyncio.sleep(0)
        # Whoever began it leaves; the others still get their answer.
        waiting[0].cancel()
        await asyncio.sleep(0)
        auth.may_answer.set()
        found = await asyncio.gather(*waiting[1:])
        assert {one.user_id for one in found} == {f"machine_{'0' * 32}"}
        assert auth.asked == 1

    async def test_too_many_different_ones_at_once_are_turned_away(
        self, auth: SlowAuth, verify: VerifyApiKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(verify_api_key, "MOST_ASKED_AT_ONCE", 3)
        waiting = [asyncio.create_task(verify(self.key(made_up()))) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await verify(self.key(made_up()))
        auth.may_answer.set()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(answer, Unauthorized) for answer in answers)

    async def test_a_key_that_expired_is_asked_about_no_oftener_than_any(
        self, auth: SlowAuth, verify: VerifyApiKey, clock: FakeClock
    ) -> None:
        auth.may_answer.set()
        key = self.key(auth.machines.make("me:read"))
        await verify(key)
        auth.machines.good.clear()
        clock.advance(61)
        for _ in range(5):
            with pytest.raises(Unauthorized):
                await verify(key)
        assert auth.asked == 2

    async def test_an_answer_that_crossed_with_news_is_not_remembered(
        self, auth: SlowAuth, verify: VerifyApiKey
    ) -> None:
        key = self.key(auth.machines.make("me:read"))
        asking = asyncio.create_task(verify(key))
        await auth.began.wait()
        await verify.changed(ApiKeyChanged(key_id=key.key_id))
        auth.may_answer.set()
        await asking
        assert not verify.remembers(key)

    async def test_is_asked_again_within_a_minute_and_never_believed_past_its_end(
        self, auth: SlowAuth, verify: VerifyApiKey, clock: FakeClock
    ) -> None:
        auth.may_answer.set()
        long, short = (self.key(auth.machines.make("me:read", life=s)) for s in (3600, 10))
        await verify(long)
        await verify(short)
        clock.advance(11)
        assert verify.remembers(long)
        assert not verify.remembers(short)
        clock.advance(50)
        assert not verify.remembers(long)

    async def test_a_failure_is_no_answer(self, auth: SlowAuth, verify: VerifyApiKey) -> None:
        auth.may_answer.set()
        auth.fails = True
        key = self.key(auth.machines.make("me:read"))
        with pytest.raises(DependencyUnavailable):
            await verify(key)
        auth.fails = False
        assert (await verify(key)).scopes == frozenset({"me:read"})

    async def test_both_memories_are_bounded(
        self, auth: SlowAuth, verify: VerifyApiKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        auth.may_answer.set()
        monkeypatch.setattr(verify_api_key, "MAX_REMEMBERED", 5)
        good = self.key(auth.machines.make("me:read"))
        await verify(good)
        bad = [self.key(made_up()) for _ in range(20)]
        for key in bad:
            with pytest.raises(Unauthorized):
                await verify(key)
        assert verify.remembers(good)
        assert sum(verify.remembers(key) for key in bad) == 5


def test_nobody_elses_user_can_have_a_machines_id() -> None:
    clerk = Issuer("https://clerk.example.test", "jwks")
    with pytest.raises(Unauthorized):
        clerk.user_id_of(f"machine_{'0' * 32}")
    assert clerk.user_id_of("machine_2abc") == "machine_2abc"
