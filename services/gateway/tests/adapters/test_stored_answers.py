"""Request keys and their answers: Valkey, and its stand-in held to the same tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from ab_gateway.adapters.shared_cache import SharedCache
from ab_gateway.adapters.stored_answers import PREFIX, AnswerStore
from ab_gateway.adapters.valkey import open_client
from ab_gateway.domain.request_keys import Claim, Keyed
from ab_shared.errors import DependencyUnavailable
from gateway_memory.answers import MemoryAnswers

LINE = b"I am worthy of love"


def asked(**changes: Any) -> Keyed:
    return replace(Keyed("user_1", "POST /sessions", uuid4().hex, b"body"), **changes)


@pytest.fixture(params=["memory", pytest.param("valkey", marks=pytest.mark.real)])
async def answers(request: pytest.FixtureRequest, memory_store: Any) -> AsyncIterator[Any]:
    if request.param == "memory":
        yield MemoryAnswers(memory_store)
        return
    client = open_client(request.getfixturevalue("valkey_url"))
    yield AnswerStore(client, SharedCache())
    await client.aclose()


class TestAnswers:
    async def test_gives_back_what_was_answered(self, answers: Any) -> None:
        once = asked()
        assert await answers.claim(once, "a") == Claim("first")
        await answers.finish(once, "a", LINE)
        assert await answers.claim(once, "b") == Claim("done", LINE)

    async def test_one_of_many_at_once_is_the_first(self, answers: Any) -> None:
        once = asked()
        claims = await asyncio.gather(*(answers.claim(once, str(n)) for n in range(8)))
        assert sorted(claim.kind for claim in claims) == ["first"] + ["running"] * 7
        assert all(0 < c.wait_seconds <= 20 for c in claims if c.kind == "running")

    async def test_another_request_under_the_key_is_told(self, answers: Any) -> None:
        once = asked()
        await answers.claim(once, "a")
        other = replace(once, said=b"another body")
        assert (await answers.claim(other, "b")).kind == "other"
        await answers.finish(once, "a", LINE)
        assert (await answers.claim(other, "b")).kind == "other"

    @pytest.mark.parametrize("change", [{"user_id": "user_2"}, {"route": "POST /x"}])
    async def test_users_and_routes_do_not_share_keys(self, answers: Any, change: Any) -> None:
        once = asked()
        await answers.claim(once, "a")
        assert (await answers.claim(replace(once, **change), "b")).kind == "first"

    async def test_what_is_let_go_is_held_to_its_request_or_free(self, answers: Any) -> None:
        once = asked()
        other = replace(once, said=b"another body")
        await answers.claim(once, "a")
        await answers.let_go(once, "a", forget=False)
        assert (await answers.claim(other, "b")).kind == "other"
        assert (await answers.claim(once, "b")).kind == "again"
        await answers.let_go(once, "b", forget=True)
        assert (await answers.claim(other, "c")).kind == "first"

    async def test_who_lost_a_key_changes_nothing(self, answers: Any) -> None:
        once = asked()
        await answers.claim(once, "a")
        await answers.let_go(once, "stranger", forget=True)
        await answers.finish(once, "stranger", b"no")
        assert (await answers.claim(once, "b")).kind == "running"


@pytest.mark.real
async def test_who_died_with_a_key_holds_it_for_a_moment_only(valkey_url: str) -> None:
    client = open_client(valkey_url)
    answers, once = AnswerStore(client, SharedCache(), lease_ms=0), asked()
    await answers.claim(once, "dead")
    assert (await answers.claim(once, "next")).kind == "again"
    await answers.finish(once, "dead", b"too late")
    assert (await answers.claim(once, "third")).kind == "again"
    await client.aclose()


@pytest.mark.real
async def test_nothing_can_be_read_in_the_cache(valkey_url: str) -> None:
    client = open_client(valkey_url)
    answers, once = AnswerStore(client, SharedCache()), asked(said=b"I am worthy of rest")
    await answers.claim(once, "a")
    await answers.finish(once, "a", LINE)
    place = PREFIX + once.slot
    held = await client.hgetall(place)
    kept = b"".join([place.encode(), *held.keys(), *held.values()])
    assert not [word for word in (b"worthy", b"user_1", once.key.encode()) if word in kept]
    assert 86_000 < await client.ttl(place) <= 86_400
    # Moved under another key it does not open, and counts as no answer.
    stranger = asked()
    moved = {**held, b"mark": stranger.mark.encode()}
    await client.hset(PREFIX + stranger.slot, mapping=moved)
    assert await answers.claim(stranger, "b") == Claim("again")
    await client.aclose()


async def test_a_cache_that_is_away_fails_fast() -> None:
    client = open_client("redis://127.0.0.1:1/0")
    answers = AnswerStore(client, SharedCache())
    for _ in range(2):
        with pytest.raises(DependencyUnavailable):
            await answers.claim(asked(), "a")
    await client.aclose()
