"""The made-up Clerk keeps the vendor's word, and Clerk's own client understands it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from ab_auth.adapters.clerk import ClerkUsers
from ab_gateway.adapters.svix_seals import SvixSeals
from ab_operator.main import app
from ab_shared.errors import DependencyUnavailable
from typer.testing import CliRunner

from simulators.clerk_running import SECRET_KEY, WEBHOOK_SECRET, Running, running
from simulators.clerk_users import Register
from simulators.clerk_webhooks import RETRY_SECONDS, Courier, signature

# Clerk's client reads a field of its own that it calls deprecated, on every list.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED:DeprecationWarning")
OTHER_SECRET = "whsec_" + "b3RoZXItc2VjcmV0" * 2


class Hearer:
    """A receiver of webhooks that answers as it is told to."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.heard: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The next status it was given, then 200."""
        self.heard.append(request)
        return httpx.Response(self.statuses.pop(0) if self.statuses else 200)


def courier(hearer: Hearer, *secrets: str) -> Courier:
    client = httpx.AsyncClient(transport=httpx.MockTransport(hearer.answer))
    return Courier(client, "http://us.test/hook", secrets or (WEBHOOK_SECRET,), hurry=1e9)


def test_it_signs_as_svix_documents() -> None:
    body = b'{"test": 2432232314}'
    made = signature(WEBHOOK_SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_svixs_own_library_believes_it() -> None:
    hearer = Hearer()
    sender = courier(hearer, OTHER_SECRET, WEBHOOK_SECRET)
    sender.tell(Register().sign_up())
    await sender.idle()
    [request] = hearer.heard
    assert SvixSeals([WEBHOOK_SECRET]).signs(request.content, dict(request.headers))
    assert not SvixSeals([WEBHOOK_SECRET]).signs(request.content + b" ", dict(request.headers))
    assert not SvixSeals(["whsec_" + "dGhpcmQtc2VjcmV0" * 2]).signs(
        request.content, dict(request.headers)
    )
    late = sender.headers("msg_1", b"{}", late=301)
    assert not SvixSeals([WEBHOOK_SECRET]).signs(b"{}", late)


async def test_an_event_is_told_until_it_is_heard_under_one_id() -> None:
    hearer = Hearer(500, 400, 503)
    sender = courier(hearer)
    sender.tell(Register().sign_up())
    await sender.idle()
    assert [one.status for one in sender.deliveries] == [500, 400, 503, 200]
    assert len({request.headers["svix-id"] for request in hearer.heard}) == 1


async def test_after_the_last_retry_it_is_silent() -> None:
    hearer = Hearer(*[500] * 20)
    sender = courier(hearer)
    sender.tell(Register().sign_up())
    await sender.idle()
    assert len(hearer.heard) == len(RETRY_SECONDS)


async def test_held_events_leave_shuffled_and_often() -> None:
    hearer, register = Hearer(), Register()
    sender = courier(hearer)
    sender.holding = True
    user = register.sign_up()["data"]["id"]
    for event in (register.update(user), register.delete(user)):
        sender.tell(event)
    assert sender.release(shuffle=3, copies=2) == 4
    await sender.idle()
    types = {json.loads(request.content)["type"] for request in hearer.heard}
    assert (len(hearer.heard), types) == (4, {"user.updated", "user.deleted"})


def test_a_deletion_carries_only_the_id() -> None:
    register = Register()
    user = register.sign_up()["data"]["id"]
    assert register.delete(user)["data"] == {"id": user, "object": "user", "deleted": True}


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as served:
        yield served


@pytest.fixture
def clerk(server: Running) -> Running:
    server.simulator.faults.waiting.clear()
    server.simulator.register.users.clear()
    return server


@pytest.fixture
async def users(clerk: Running) -> AsyncIterator[ClerkUsers]:
    made = ClerkUsers(SECRET_KEY, clerk.url, whole_seconds=1.0)
    yield made
    await made.close()


async def test_users_are_listed_oldest_first_page_by_page(
    clerk: Running, users: ClerkUsers
) -> None:
    register = clerk.simulator.register
    made = [register.sign_up(f"user_{number:02}")["data"]["id"] for number in range(7)]
    for at, user in enumerate(made):
        register.users[user].created_at = at
    assert list(await users.users_page(0, 4)) == made[:4]
    assert list(await users.users_page(4, 4)) == made[4:]
    assert list(await users.users_page(8, 4)) == []


async def test_an_address_counts_once_it_is_confirmed(clerk: Running, users: ClerkUsers) -> None:
    register = clerk.simulator.register
    register.sign_up("user_ada", "ada@example.org")
    assert await users.subject_of("ada@example.org") == "user_ada"
    assert await users.subject_of("bob@example.org") is None
    register.users["user_ada"].confirmed = False
    assert await users.subject_of("ada@example.org") is None


async def test_only_clerks_own_word_means_that_somebody_is_gone(
    clerk: Running, users: ClerkUsers
) -> None:
    clerk.simulator.register.sign_up("user_ada")
    assert await users.has("user_ada")
    assert not await users.has("user_gone")
    with pytest.raises(DependencyUnavailable):
        await users.has("../../elsewhere?x#y")


TROUBLE: tuple[dict[str, Any], ...] = (
    {"kind": "busy"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 404},
    {"kind": "html", "status": 404},
    {"kind": "html", "status": 200},
    {"kind": "hang"},
    {"kind": "cut"},
    {"kind": "empty"},
    {"kind": "redirect"},
)


@pytest.mark.parametrize("fault", TROUBLE, ids=str)
async def test_no_trouble_looks_like_somebody_gone(
    clerk: Running, users: ClerkUsers, fault: dict[str, Any]
) -> None:
    clerk.simulator.faults.add(where="api", **fault)
    with pytest.raises(DependencyUnavailable):
        await users.has("user_gone")


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7.0), ("soon", 1.0), ("-3", 1.0), (None, 1)])
async def test_a_busy_clerk_says_for_how_long(
    clerk: Running, users: ClerkUsers, asked: str | None, seconds: float
) -> None:
    clerk.simulator.faults.add("busy", "api", retry_after=asked)
    with pytest.raises(DependencyUnavailable) as refusal:
        await users.users_page(0, 10)
    assert refusal.value.details == {"retry_after": seconds}


async def test_a_wrong_key_and_a_wrong_address_say_nothing_of_users(clerk: Running) -> None:
    for key, url in (("sk_test_wrong", clerk.url), (SECRET_KEY, "http://127.0.0.1:9")):
        users = ClerkUsers(key, url)
        with pytest.raises(DependencyUnavailable) as refusal:
            await users.users_page(0, 10)
        assert key not in str(refusal.value)
        await users.close()


def test_an_operator_signs_in_and_out(clerk: Running, tmp_path: Path) -> None:
    stack = tmp_path / "stack.json"
    stack.write_text(json.dumps({"simulators": {"clerk": clerk.url}}))

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["--stack", str(stack), "simulate", *words])
        return done.exit_code, done.output.strip()

    code, token = run("sign-in", "user_ada", "--by", "user_support")
    assert (code, token.count(".")) == (0, 2)
    [session] = [s for s in clerk.simulator.register.sessions.values() if s.user_id == "user_ada"]
    assert run("sign-out", session.id)[0] == 0
    assert session.status == "revoked"
    assert run("sign-out", "sess_nobody")[0] == 1
    assert run("delete-user", "user_ada")[0] == 0
    assert "user_ada" not in clerk.simulator.register.users
