"""A listener is erased: afterwards no row, no key and no object anywhere names or sounds them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aioboto3
import asyncpg
import pytest
import valkey.asyncio as valkey
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_shared.contracts.http import DraftSession

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
    """Every object of every bucket."""
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
    return keys


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


async def test_nothing_is_left_but_what_somebody_else_has(
    stack: dict[str, Any], gateway_url: str, new_user: NewUser
) -> None:
    mark, shared = secrets.token_hex(6), secrets.token_hex(6)
    mine, other = await new_user(), await new_user()
    before = await object_keys(stack)
    shared_line, own_line = f"I share {shared} with a friend", f"I keep {mark} to myself"
    theirs = await a_session(other, shared_line)
    with_friend = await object_keys(stack)
    await a_session(mine, shared_line, own_line)
    me = (await mine.me()).id
    assert len(await object_keys(stack)) > len(with_friend) > len(before)
    assert await everywhere(stack, [mark, me])
    job = await erased(mine, gateway_url)
    assert (job.type, job.status, job.progress, job.session_id) == ("erasure", "completed", 1, None)
    assert await soon(lambda: everywhere(stack, [mark, me])) == []
    # The friend's sounds stand, all of them and nothing else.
    assert await object_keys(stack) - before == with_friend - before
    bundle = await other.bundle(theirs)
    assert bundle.affirmations_merged_url


async def test_the_token_is_dead_and_the_address_free(gateway_url: str, new_user: NewUser) -> None:
    mine = await new_user()
    await a_session(mine, f"I am {secrets.token_hex(6)}")
    await erased(mine, gateway_url)
    for call in (mine.me, mine.entitlement, mine.erase_me):
        with pytest.raises(ApiRefusal) as refused:
            await call()
        assert refused.value.status == 401


async def test_erasing_while_a_job_renders_leaves_nothing(
    stack: dict[str, Any], gateway_url: str, new_user: NewUser
) -> None:
    mark = secrets.token_hex(6)
    mine = await new_user()
    before = await object_keys(stack)
    lines = [f"I begin {mark} number {number}" for number in range(8)]
    draft = DraftSession(title="Cut short", affirmations=lines, voice_id="nova")
    await mine.create_session(draft)
    await erased(mine, gateway_url)

    async def left() -> list[str]:
        return sorted(await object_keys(stack) - before) + await everywhere(stack, [mark])

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
