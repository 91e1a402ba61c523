"""Questions asked together: everybody gets the answer to their own, whoever else gives up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.context import Context, bound, current
from ab_shared.runtime.gathering import Gathered


class Answers:
    """Doubles numbers when it is let go on; remembers what came together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = asyncio.Event()
        self.error: Exception | None = None
        self.deadlines: list[float | None] = []

    async def __call__(self, batch: Sequence[int]) -> list[int]:
        self.batches.append(list(batch))
        self.deadlines.append(current().deadline)
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return [2 * one for one in batch]


async def turns(number: int = 5) -> None:
    """Lets everything that is ready take its turn."""
    for _ in range(number):
        await asyncio.sleep(0)


@pytest.mark.parametrize("flights", [1, 2])
async def test_everybody_gets_their_own_answer_and_batches_are_bounded(flights: int) -> None:
    answers = Answers()
    asking: Gathered[int, int] = Gathered(answers, most=4, flights=flights)
    asked = [asyncio.create_task(asking(number)) for number in range(11)]
    await turns()
    assert len(answers.batches) == flights
    answers.go.set()
    assert await asyncio.gather(*asked) == [2 * number for number in range(11)]
    assert sorted(one for batch in answers.batches for one in batch) == list(range(11))
    assert max(map(len, answers.batches)) <= 4


async def test_one_alone_waits_for_nobody_and_later_ones_come_together() -> None:
    answers = Answers()
    asking: Gathered[int, int] = Gathered(answers, most=10)
    first = asyncio.create_task(asking(1))
    await turns()
    later = [asyncio.create_task(asking(number)) for number in (2, 3)]
    await turns()
    assert answers.batches == [[1]]
    answers.go.set()
    assert await asyncio.gather(first, *later) == [2, 4, 6]
    assert answers.batches == [[1], [2, 3]]
    # Nothing is under way any more: the next one starts by itself.
    assert await asking(4) == 8


async def test_a_failure_reaches_all_who_wait_and_nobody_after_them() -> None:
    answers = Answers()
    answers.error = DependencyUnavailable("away")
    asking: Gathered[int, int] = Gathered(answers, most=1)
    asked = [asyncio.create_task(asking(number)) for number in (1, 2)]
    await turns()
    answers.go.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in found] == [DependencyUnavailable, DependencyUnavailable]
    assert answers.batches == [[1]]
    answers.error = None
    assert await asking(3) == 6


async def test_whoever_gives_up_takes_nobody_along() -> None:
    answers = Answers()
    asking: Gathered[int, int] = Gathered(answers, most=2)
    first, gone, third = (asyncio.create_task(asking(number)) for number in (1, 2, 3))
    await turns()
    first.cancel()
    gone.cancel()
    await turns()
    fourth = asyncio.create_task(asking(4))
    await turns()
    answers.go.set()
    assert await asyncio.gather(third, fourth) == [6, 8]
    assert answers.batches == [[1, 2], [3, 4]]


async def test_one_callers_deadline_is_not_everybodys() -> None:
    answers = Answers()
    answers.go.set()
    asking: Gathered[int, int] = Gathered(answers, most=2)
    with bound(Context(deadline=1.0)):
        assert await asking(1) == 2
    assert answers.deadlines == [None]
