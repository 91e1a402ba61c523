"""A listener is erased: afterwards no row, no key and no object anywhere names or sounds them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any
from uuid import UUID

import aioboto3
import asyncpg
import httpx
import pytest
import valkey.asyncio as valkey
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_client.selves import Programs, Selves
from ab_shared.contracts import admin
from ab_shared.contracts.audit import ListAudit
from ab_shared.contracts.http import DraftSession
from ab_shared.contracts.http_mixdowns import MixdownIn
from ab_shared.contracts.http_selves import ValueIn
from ab_shared.contracts.privacy import ListPrivacyJobs
from ab_shared.messaging.rabbit import RabbitBus
from pydantic import SecretStr
from simulators.revenuecat_control import Control

NewUser = Callable[[], Awaitable[ApiClient]]
pytestmark = pytest.mark.journey
# Bytes are looked at as text too: a word in them is a word.
COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
    JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""


async def found_in(database: str, words: list[str]) -> list[str]:
    """Tables with one of the words in any row, whatever its columns."""
    connection = await asyncpg.connect(database)
    try:
        tables = {row["table_name"] for row in await connection.fetch(COLUMNS)}
        hits = []
        for table in sorted(tables):
            rows = await connection.fetch(f'TABLE "{table}"')  # a name the database told
            texts = (str(value) for row in rows for value in row.values())
            hits += [f"{table}: {word}" for text in texts for word in words if word in text]
    finally:
        await connection.close()
    return hits


async def everywhere(stack: dict[str, Any], words: list[str]) -> list[str]:
    """Every place in databases and cache that holds one of the words."""
    infrastructure = stack["infrastructure"]
    hits: list[str] = []
    for name, urls in infrastructure["postgres"]["databases"].items():
        hits += [f"{name}.{hit}" for hit in await found_in(urls["owner_url"], words)]
    cache = valkey.from_url(infrastructure["valkey"]["url"])
    async for key in cache.scan_iter():
        # Counts of requests name who is counted, for a minute.
        if key.startswith(b"ab:gateway:rate:"):
            continue
        kind = await cache.type(key)
        held = await (cache.hgetall(key) if kind == b"hash" else cache.dump(key))
        hits += [f"valkey {key!r}: {word}" for word in words if word in f"{key!r} {held!r}"]
    await cache.aclose()
    return hits


async def object_keys(stack: dict[str, Any]) -> set[str]:
    """Every object of every bucket but stems, which are nobody's and made when a stack is new."""
    s3 = stack["infrastructure"]["s3"]
    access = {
        "endpoint_url": s3["endpoint_url"],
        "aws_access_key_id": s3["access_key_id"],
        "aws_secret_access_key": s3["secret_access_key"],
        "region_name": s3["region"],
    }
    keys: set[str] = set()
    async with aioboto3.Session().client("s3", **access) as client:
        for bucket in s3["buckets"]:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
            async for page in pages:
                keys |= {f"{bucket}/{item['Key']}" for item in page.get("Contents", ())}
    return {key for key in keys if "/stems/" not in key}


async def a_session(client: ApiClient, *lines: str) -> str:
    draft = DraftSession(title=f"Evening of {lines[0]}", affirmations=list(lines), voice_id="nova")
    made = await client.create_session(draft)
    await wait_for(client, made.audio_job_id)
    return str(made.id)


async def soon(look: Callable[[], Awaitable[list[str]]], seconds: float = 20) -> list[str]:
    """What a look still finds when it finds nothing, or after ``seconds``."""
    async with asyncio.timeout(seconds + 30):
        for _ in range(int(seconds * 2)):
            found = await look()
            if not found:
                return []
            await asyncio.sleep(0.5)
    return found


async def erased(client: ApiClient, gateway_url: str) -> Any:
    """Erases a caller and watches the job without a token."""
    job_id = (await client.erase_me()).job_id
    async with ApiClient(gateway_url) as nobody:
        return await wait_for(nobody, job_id)


class Listener:
    """Somebody of whom everything is known that a search can look for."""

    def __init__(self, url: str) -> None:
        self.api, self.mark, self.id = ApiClient(url), secrets.token_hex(6), ""
        self.email = f"listener-{secrets.token_hex(8)}@example.com"

    @property
    def words(self) -> list[str]:
        """What may be nowhere afterwards; an address is sought by its part before the @ too."""
        return [self.mark, self.id, self.email, self.email.partition("@")[0]]

    async def buy(self, vendor: Control) -> None:
        """The pro plan, part of it bought before they had signed in."""
        await vendor.act("purchase", self.id)
        phone = f"$RCAnonymousID:{self.mark}"
        await vendor.act("purchase", phone)
        await vendor.act("transfer", phone, to=self.id)
        async with asyncio.timeout(20):
            while True:
                if (await self.api.entitlement()).plan == "pro":
                    return
                await asyncio.sleep(0.05)


@pytest.fixture
async def listener(gateway_url: str) -> AsyncIterator[Listener]:
    made = Listener(gateway_url)
    await made.api.register(made.email, secrets.token_hex(12))
    made.id = (await made.api.me()).id
    yield made
    await made.api.__aexit__(None, None, None)


@pytest.fixture
async def vendor(stack: dict[str, Any]) -> AsyncIterator[Control]:
    async with Control(stack["simulators"]["revenuecat"]) as control:
        yield control


@pytest.fixture
async def operator(stack: dict[str, Any]) -> AsyncIterator[RabbitBus]:
    bus = RabbitBus(stack["infrastructure"]["rabbitmq"]["urls"]["ab-operator"], "operator")
    await bus.start()
    yield bus
    await bus.close()


async def be_administered(listener: Listener, operator: RabbitBus) -> None:
    """A role, by address; a deed of their own with it; a correction of what they spent."""
    person = admin.Person(email=SecretStr(listener.email))
    deed: dict[str, Any] = {"actor": "jo", "actor_kind": "operator", "reason": "a journey"}
    await operator.call(admin.GrantRole(person=person, role=admin.Role.OPERATOR, **deed))
    path, headers = "/v1/admin/users/find", {"Authorization": str(listener.api.authorization)}
    async with httpx.AsyncClient(base_url=listener.api.base_url, headers=headers) as desk:
        found = await desk.post(path, json={"email": listener.email})
        assert found.json()["userId"] == listener.id, found.text
        spent = {"amount": -1, "reason": "a journey"}
        corrected = await desk.post(f"/v1/admin/users/{listener.id}/quota", json=spent)
        assert corrected.status_code == 200, corrected.text


async def tell(listener: Listener) -> None:
    """What they say of themselves."""
    me = Selves(listener.api)
    await me.save_struggle(f"I think of {listener.mark}")
    await me.save_values([ValueIn(value_id="own", value_text=f"My {listener.mark}")])
    await Programs(listener.api).enrol("deep-work")


async def keep_files(listener: Listener, session_id: str) -> None:
    """A file to keep offline, and an archive of everything."""
    wanted = await listener.api.mixdown(UUID(session_id), MixdownIn(minutes=5))
    assert wanted.job_id is not None
    await wait_for(listener.api, wanted.job_id)
    await wait_for(listener.api, (await listener.api.export()).job_id)


async def test_nothing_is_left_but_what_somebody_else_has(
    stack: dict[str, Any],
    gateway_url: str,
    new_user: NewUser,
    listener: Listener,
    vendor: Control,
    operator: RabbitBus,
) -> None:
    shared, other, words = secrets.token_hex(6), await new_user(), listener.words
    before = await object_keys(stack)
    shared_line = f"I share {shared} with a friend"
    theirs = await a_session(other, shared_line)
    with_friend = await object_keys(stack)
    await listener.buy(vendor)
    await be_administered(listener, operator)
    own = await a_session(listener.api, f"I keep {listener.mark} to myself", shared_line)
    await keep_files(listener, own)
    await tell(listener)
    added = {key.split("/")[1] for key in await object_keys(stack) - with_friend}
    assert added == {"speech", "prepared", "tracks", "mixdowns", "exports"}
    places = {hit.split(":")[0].split(" ")[0] for hit in await everywhere(stack, words)}
    assert {"auth.users", "auth.passwords", "auth.admins", "auth.audit"} <= places
    assert {"entitlement.purchase_events", "session.sessions", "session.mixdown_jobs"} <= places
    assert {"session.listeners", "session.listener_values"} <= places
    job = await erased(listener.api, gateway_url)
    assert (job.type, job.status, job.progress, job.session_id) == ("erasure", "completed", 1, None)
    assert await soon(lambda: everywhere(stack, words)) == []
    # The friend's sounds stand, all of them and nothing else.
    assert await object_keys(stack) - before == with_friend - before
    bundle = await other.bundle(theirs)
    assert bundle.affirmations_merged_url
    await only_the_proof_is_left(listener, operator)


async def only_the_proof_is_left(listener: Listener, operator: RabbitBus) -> None:
    """The job without a name, and the trail under the proof."""
    (row,) = (await operator.call(ListPrivacyJobs(user_id=listener.id))).jobs
    assert (row.subject[:7], len(row.subject), row.waits_for) == ("erased:", 71, ())
    about = ListAudit(subject=f"user:{row.subject}")
    deeds = {entry.action for entry in (await operator.call(about)).entries}
    assert {"admin.grant"} <= deeds
    done = (await operator.call(ListAudit(actor=row.subject))).entries
    assert done
    assert (await operator.call(ListAudit(actor=listener.id))).entries == ()


async def test_the_token_is_dead_and_the_address_free(gateway_url: str, new_user: NewUser) -> None:
    mine = await new_user()
    await a_session(mine, f"I am {secrets.token_hex(6)}")
    await erased(mine, gateway_url)
    for call in (mine.me, mine.entitlement, mine.erase_me):
        with pytest.raises(ApiRefusal) as refused:
            await call()
        assert refused.value.status == 401


async def test_erasing_while_a_job_renders_leaves_nothing(
    stack: dict[str, Any], gateway_url: str, listener: Listener
) -> None:
    before = await object_keys(stack)
    lines = [f"I begin {listener.mark} number {number}" for number in range(8)]
    draft = DraftSession(title="Cut short", affirmations=lines, voice_id="nova")
    await listener.api.create_session(draft, idempotency_key=secrets.token_hex(8))
    await erased(listener.api, gateway_url)

    async def left() -> list[str]:
        names = await everywhere(stack, listener.words)
        return sorted(await object_keys(stack) - before) + names

    assert await soon(left, 40) == []


async def test_erasing_while_an_offline_file_is_made_leaves_nothing(
    stack: dict[str, Any], gateway_url: str, listener: Listener, vendor: Control
) -> None:
    before = await object_keys(stack)
    await listener.buy(vendor)
    session_id = await a_session(listener.api, f"I rest with {listener.mark}")
    wanted = await listener.api.mixdown(UUID(session_id), MixdownIn(minutes=5))
    assert wanted.status == "pending"
    await erased(listener.api, gateway_url)

    async def left() -> list[str]:
        names = await everywhere(stack, listener.words)
        return sorted(await object_keys(stack) - before) + names

    assert await soon(left, 40) == []


async def test_who_wants_the_same_line_meanwhile_gets_it(
    gateway_url: str, new_user: NewUser
) -> None:
    for _ in range(3):
        line = f"I want {secrets.token_hex(6)} at the same moment"
        mine, other = await new_user(), await new_user()
        await a_session(mine, line)
        erasing = asyncio.create_task(erased(mine, gateway_url))
        # As many chances as there are to come before, between and after its steps.
        for pause in pauses():
            await asyncio.sleep(pause)
            session_id = await a_session(other, line)
            assert (await other.bundle(session_id)).affirmations_merged_url
        assert (await erasing).status == "completed"
        assert (await other.bundle(session_id)).affirmations_merged_url


def pauses() -> Iterator[float]:
    yield from (0.0, 0.01, 0.03, 0.1)
