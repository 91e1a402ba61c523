from __future__ import annotations

import asyncio
from contextlib import suppress

from ab_shared.runtime.context import Context, bound, current, new_request_id


def test_outside_any_block_each_look_is_fresh() -> None:
    one, other = current(), current()
    assert one.correlation_id != other.correlation_id
    assert (one.causation_id, one.message_id, one.attempt, one.deadline) == (None, None, 1, None)


def test_a_request_id_is_letters_only() -> None:
    """The app looks for 401 and 429 in the raw body of a failure."""
    ids = {new_request_id() for _ in range(500)}
    assert len(ids) == 500
    assert all(found.isascii() and found.isalpha() and found.islower() for found in ids)
    assert {len(found) for found in ids} == {24}


def test_blocks_nest_and_give_back_what_was() -> None:
    with bound(Context(correlation_id="outer")) as outer:
        with suppress(ZeroDivisionError), bound(Context(correlation_id="inner")):
            assert current().correlation_id == "inner"
            _ = 1 / 0
        assert current() is outer
    assert current().correlation_id != "outer"


async def test_each_task_keeps_its_own() -> None:
    both_in = asyncio.Barrier(2)

    async def work(name: str) -> str:
        with bound(Context(correlation_id=name)):
            await both_in.wait()
            return current().correlation_id

    assert await asyncio.gather(work("a"), work("b")) == ["a", "b"]


async def test_a_task_begun_inside_is_inside() -> None:
    async def look() -> str:
        return current().request_id

    with bound(Context(request_id="abc")):
        task = asyncio.create_task(look())
    assert await task == "abc"
