from __future__ import annotations

import asyncio
import logging

import pytest
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.chores import sweeping
from ab_shared.runtime.context import current


class Chores:
    """Two of them; the first fails when it is done first."""

    def __init__(self, enough: int = 4) -> None:
        self.enough = enough
        self.done: list[str] = []
        self.stories: list[str] = []
        self.went_on = asyncio.Event()

    async def first(self) -> None:
        self.done.append("first")
        if len(self.done) == 1:
            raise DependencyUnavailable("away")

    async def second(self) -> int:
        self.done.append("second")
        self.stories += [current().request_id for _ in range(2)]
        if len(self.done) >= self.enough:
            self.went_on.set()
        return len(self.done)


async def test_a_chore_that_fails_keeps_no_other_from_being_done_nor_itself_from_the_next_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    chores = Chores()
    with caplog.at_level(logging.WARNING, "ab.chores"):
        async with sweeping((chores.first, chores.second), 0.001):
            await asyncio.wait_for(chores.went_on.wait(), 5)
    assert chores.done[:4] == ["first", "second", "first", "second"]
    assert [record.__dict__["error"] for record in caplog.records] == ["DependencyUnavailable"]
    # Each time is a story of its own in logs and traces.
    assert len(set(chores.stories)) == len(chores.stories) / 2


async def test_nothing_is_done_after_the_block() -> None:
    chores = Chores()
    async with sweeping((chores.second,), 0.001):
        await asyncio.wait_for(chores.went_on.wait(), 5)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_first_time_is_at_once() -> None:
    chores = Chores(enough=1)
    async with sweeping((chores.first, chores.second), 3600):
        await asyncio.wait_for(chores.went_on.wait(), 5)
    assert chores.done == ["first", "second"]
