"""A user of Clerk's, from the first token to the erasure: no registration, nobody asked."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.lines import new_line
from ab_shared.contracts.audit import ListAudit
from ab_shared.contracts.http import DraftSession
from ab_shared.contracts.identity_events import ReconcileIdentities
from ab_shared.contracts.privacy import ListPrivacyJobs, PrivacyJobRow
from ab_shared.messaging.rabbit import RabbitBus
from simulators.clerk_control import ClerkControl
from simulators.clerk_tokens import clerk_id

pytestmark = pytest.mark.journey
PATIENT_SECONDS = 30.0
HOUR = 3600.0


@pytest.fixture
async def clerk(stack: dict[str, Any]) -> AsyncIterator[ClerkControl]:
    async with ClerkControl(stack["simulators"]["clerk"]) as control:
        yield control
        await control.do("faults", faults=[])
        await control.do("release")


@pytest.fixture
async def operator(stack: dict[str, Any]) -> AsyncIterator[RabbitBus]:
    bus = RabbitBus(stack["infrastructure"]["rabbitmq"]["urls"]["ab-operator"], "operator")
    await bus.start()
    yield bus
    await bus.close()


class Phone:
    """The app of somebody with an account at Clerk."""

    def __init__(self, clerk: ClerkControl, url: str) -> None:
        self.clerk, self.api = clerk, ApiClient(url)
        self.user_id, self.session_id = clerk_id("user"), ""

    async def sign_in(self, **given: Any) -> None:
        """A token of a new sign-in, or of the one there is."""
        made = await self.clerk.do("sign-in", user_id=self.user_id, **given)
        self.session_id = made["session_id"]
        self.api.use_token(made["token"])

    async def status(self) -> int:
        """How the API answers a plain question."""
        try:
            await self.api.sessions()
        except ApiRefusal as refusal:
            return refusal.status
        return 200


@pytest.fixture
async def phone(clerk: ClerkControl, gateway_url: str) -> AsyncIterator[Phone]:
    made = Phone(clerk, gateway_url)
    yield made
    await made.api.__aexit__(None, None, None)


def draft() -> DraftSession:
    return DraftSession(title="Rest", affirmations=[new_line()], voice_id="nova")


async def until(true: Callable[[], Awaitable[object]]) -> None:
    """Returns when it is."""
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            if await true():
                return
            await asyncio.sleep(0.05)


async def count(stack: dict[str, Any], query: str, value: str) -> int:
    """Rows of auth's database."""
    admin = stack["infrastructure"]["postgres"]["admin_url"].rsplit("/", 1)[0]
    connection = await asyncpg.connect(f"{admin}/auth")
    try:
        return int(await connection.fetchval(query, value))
    finally:
        await connection.close()


async def is_user(stack: dict[str, Any], user_id: str) -> bool:
    return await count(stack, "SELECT count(*) FROM users WHERE id = $1", user_id) == 1


async def test_the_first_token_is_all_it_takes(phone: Phone, stack: dict[str, Any]) -> None:
    await phone.sign_in(seconds=HOUR)
    made = await phone.api.create_session(draft())
    assert (await phone.api.session(made.id)).title == "Rest"
    # Made by the token alone: the made-up Clerk tells nobody of whom it signs in.
    await until(lambda: is_user(stack, phone.user_id))
    query = "SELECT count(*) FROM identities WHERE user_id = $1"
    assert await count(stack, query, phone.user_id) == 1
    assert (await phone.api.me()).id == phone.user_id


async def test_keys_rotate_while_people_are_signed_in(phone: Phone) -> None:
    await phone.sign_in(seconds=HOUR)
    assert await phone.status() == 200
    old = phone.api.authorization
    await phone.clerk.do("rotate")
    await phone.sign_in(seconds=HOUR)

    async def believed() -> bool:
        return await phone.status() == 200

    # Within ten seconds: no two fetches of keys begin sooner.
    await until(believed)
    assert old is not None
    phone.api.use_token(old.removeprefix("Bearer "))
    assert await phone.status() == 200


async def test_a_revoked_sign_in_is_over_and_others_go_on(phone: Phone, gateway_url: str) -> None:
    await phone.sign_in(seconds=HOUR)
    other = Phone(phone.clerk, gateway_url)
    other.user_id = phone.user_id
    await other.sign_in(seconds=HOUR)
    assert (await phone.status(), await other.status()) == (200, 200)
    await phone.clerk.do("end-session", session_id=phone.session_id)

    async def refused() -> bool:
        return await phone.status() == 401

    await until(refused)
    # Refreshed at a Clerk that has not noticed: the sign-in stays over.
    await phone.sign_in(session_id=phone.session_id)
    assert await phone.status() == 401
    assert await other.status() == 200
    await other.api.__aexit__(None, None, None)


async def erasures(operator: RabbitBus, user_id: str) -> tuple[PrivacyJobRow, ...]:
    return (await operator.call(ListPrivacyJobs(user_id=user_id))).jobs


async def test_whoever_leaves_clerk_is_erased_and_late_news_bring_nobody_back(
    phone: Phone, operator: RabbitBus, stack: dict[str, Any]
) -> None:
    clerk = phone.clerk
    await clerk.do("hold")
    created = await clerk.do("sign-up", user_id=phone.user_id)
    await phone.sign_in(seconds=HOUR)
    await phone.api.create_session(draft())
    await until(lambda: is_user(stack, phone.user_id))
    await clerk.do("update", user_id=phone.user_id)
    gone = await clerk.do("delete", user_id=phone.user_id)
    await clerk.do("release", shuffle=secrets.randbelow(1000), copies=3)

    async def told() -> bool:
        heard = [await clerk.answers(one["told"]) for one in (created, gone)]
        return all(len(answers) >= 3 for answers in heard)

    await until(told)
    await until(lambda: erasures(operator, phone.user_id))

    async def refused() -> bool:
        return await phone.status() == 401

    await until(refused)
    assert not await is_user(stack, phone.user_id)
    rows = await erasures(operator, phone.user_id)
    assert {row.requested_by for row in rows} == {"clerk"}
    # A token that Clerk signs by mistake a moment later makes nobody anew.
    await phone.sign_in(seconds=HOUR)
    await phone.status()
    late = Phone(clerk, phone.api.base_url)
    await late.sign_in()
    await late.status()
    # Told of after them, and made: so auth has heard of both.
    await until(lambda: is_user(stack, late.user_id))
    assert not await is_user(stack, phone.user_id)
    await late.api.__aexit__(None, None, None)


async def test_who_impersonates_may_look_and_is_written_down(
    phone: Phone, operator: RabbitBus
) -> None:
    await phone.sign_in(seconds=HOUR, by="user_support")
    assert await phone.status() == 200
    with pytest.raises(ApiRefusal) as refusal:
        await phone.api.create_session(draft())
    assert refusal.value.status == 403
    with pytest.raises(ApiRefusal) as refusal:
        await phone.api.export()
    assert refusal.value.status == 403

    async def audited() -> bool:
        wanted = ListAudit(subject=f"user:{phone.user_id}", action="user.impersonate")
        return [entry.actor for entry in (await operator.call(wanted)).entries] == ["user_support"]

    await until(audited)


async def test_what_no_webhook_told_is_found_by_comparing(
    phone: Phone, clerk: ClerkControl, operator: RabbitBus, stack: dict[str, Any]
) -> None:
    stays = [(await clerk.do("sign-up", tell=False))["user_id"] for _ in range(3)]

    async def compare() -> str:
        found = await operator.call(ReconcileIdentities(actor="journey"))
        look = ReconcileIdentities(actor="journey", start=False)
        async with asyncio.timeout(PATIENT_SECONDS):
            while found.state in {"wanted", "running"}:
                await asyncio.sleep(0.1)
                found = await operator.call(look)
        return found.state

    await clerk.do("sign-up", user_id=phone.user_id, tell=False)
    assert await compare() == "finished"
    assert all([await is_user(stack, user) for user in (*stays, phone.user_id)])
    await clerk.do("delete", user_id=phone.user_id, tell=False)
    assert await compare() == "finished"
    await until(lambda: erasures(operator, phone.user_id))
    # An instance that lists nobody is not believed.
    await clerk.do("faults", faults=[{"where": "api", "kind": "empty", "times": 1}])
    assert await compare() == "refused"
    assert all([await is_user(stack, user) for user in stays])
