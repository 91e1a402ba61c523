"""An order to drain and what processes tell of it: in time, late, twice, and not at all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_operator.drains import Drain
from ab_operator.main import app
from ab_shared.contracts.catalogue import OPERATOR
from ab_shared.contracts.draining import DrainSet, DrainTold
from ab_shared.messaging.ports import Subscriptions
from ab_shared.testing.memory_broker import MemoryBroker
from typer.testing import CliRunner

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
SOON = 0.05


def order(instance: str | None = None) -> DrainSet:
    until = NOW + timedelta(minutes=5)
    return DrainSet(service="tts", instance=instance, set_at=NOW, until=until, actor="jo")


class Floor:
    """Processes that tell, each in turn, what they are made to tell."""

    def __init__(self, **told: list[int]) -> None:
        self.broker = MemoryBroker()
        self._told = told

    async def drain(self, drain: Drain, seconds: float = SOON) -> list[str]:
        processes = Subscriptions()
        processes.on(DrainSet, self._answer)
        await self.broker.bus("tts").serve(processes)
        operator = self.broker.bus(OPERATOR)
        await operator.serve(drain.listen())
        return await asyncio.wait_for(drain.carried_out(operator, seconds), 10)

    async def _answer(self, event: DrainSet) -> None:
        for instance, words in self._told.items():
            for in_hand in words:
                await self.tell(instance, in_hand, event.set_at)

    async def tell(self, instance: str, in_hand: int, set_at: datetime) -> None:
        word: dict[str, Any] = {"service": "tts", "draining": True, "set_at": set_at}
        await self.broker.send(DrainTold(instance=instance, in_hand=in_hand, **word))


async def test_all_that_are_there_tell_that_they_are_empty() -> None:
    # Words may come twice, and the later one first.
    floor = Floor(a=[3, 0], b=[0], c=[0, 2, 0])
    assert await floor.drain(Drain(order(), 3)) == []


async def test_who_is_not_empty_is_named() -> None:
    floor = Floor(a=[3], b=[2, 0])
    assert await floor.drain(Drain(order(), 2)) == ["a: 3 in hand yet"]


async def test_who_does_not_answer_is_counted() -> None:
    floor = Floor(a=[0])
    (line,) = await floor.drain(Drain(order(), 3, answer_seconds=SOON))
    assert line.startswith("3 processes are there and 1 answered")


async def test_where_nobody_is_that_is_said() -> None:
    said = await Floor().drain(Drain(order(), 0, answer_seconds=SOON))
    assert said == ["No process of tts is there"]


async def test_of_some_all_are_waited_for_who_answer_at_all() -> None:
    floor = Floor(a=[0], b=[1])
    some = Drain(order("pod"), None, answer_seconds=SOON)
    assert await floor.drain(some) == ["b: 1 in hand yet"]
    nobody = await Floor().drain(Drain(order("pod"), None, answer_seconds=SOON))
    assert nobody == ["Nobody answered whose name begins with 'pod'"]


async def test_what_is_told_of_another_order_counts_for_nothing() -> None:
    floor, drain = Floor(), Drain(order(), 1, answer_seconds=SOON)
    operator = floor.broker.bus(OPERATOR)
    await operator.serve(drain.listen())
    await floor.tell("a", 0, NOW - timedelta(minutes=1))
    await floor.broker.settle()
    (line,) = await drain.carried_out(operator, SOON)
    assert "1 processes are there and 0 answered" in line


@pytest.mark.parametrize("name", ["gateway", "nobody"])
def test_what_cannot_be_drained_is_said_before_anybody_is_told(name: str) -> None:
    said = CliRunner().invoke(app, ["drain", name])
    assert said.exit_code == 2
    assert f"{name!r} cannot be drained" in said.stderr
