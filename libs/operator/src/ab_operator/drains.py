"""One order to drain, and what every process it concerns tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ab_shared.contracts.catalogue import OPERATOR
from ab_shared.contracts.draining import DrainSet, DrainTold
from ab_shared.contracts.envelope import wrap
from ab_shared.messaging.inspecting import queue_states
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.topology import rpc_queue

from ab_operator.desk import Desk, console

ANSWER_SECONDS = 5.0
"""A process that has not answered by then stands still, or is not there."""


class Drain:
    """Sends the order and keeps, by process, the latest word on it."""

    def __init__(self, desk: Desk, order: DrainSet) -> None:
        self._desk = desk
        self._order = order
        self._told: dict[str, DrainTold] = {}
        self._news = asyncio.Condition()

    async def carried_out(self, seconds: float) -> list[str]:
        """What is not as ordered after ``seconds``, a line each; nothing when all is."""
        subscriptions = Subscriptions()
        subscriptions.on(DrainTold, self._hear)
        await self._desk.bus.serve(subscriptions)
        wanted = await self._processes()
        correlation_id = self._desk.context.correlation_id
        order = wrap(self._order, producer=OPERATOR, correlation_id=correlation_id)
        await self._desk.bus.publish(order)
        await self._until(lambda: len(self._told) >= wanted, ANSWER_SECONDS)
        await self._until(lambda: not self._busy(), seconds)
        return self._missing(wanted)

    async def _processes(self) -> int:
        """How many have to answer: requests are heard by each process, drained or not."""
        states = {state.name: state for state in await queue_states(self._desk.broker_url)}
        there = states[rpc_queue(self._order.service)].consumers
        # Whose name begins as asked only they know.
        return there if self._order.instance is None else 1

    async def _hear(self, told: DrainTold) -> None:
        if told.set_at != self._order.set_at or told.service != self._order.service:
            return
        async with self._news:
            known = self._told.get(told.instance)
            # Of two words of one process the one with less in hand is the later one.
            if known is None or told.in_hand < known.in_hand:
                self._told[told.instance] = told
                console.print(f"{told.instance}: {_words(told)}", highlight=False)
            self._news.notify_all()

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(done)

    def _busy(self) -> list[DrainTold]:
        return [told for told in self._told.values() if told.draining and told.in_hand]

    def _missing(self, wanted: int) -> list[str]:
        silent = max(0, wanted - len(self._told))
        lines = [f"{told.instance} is not empty yet: {_words(told)}" for told in self._busy()]
        if wanted == 0:
            lines.append(f"No process of {self._order.service} is there")
        elif silent and self._order.instance is not None:
            lines.append(f"Nobody answered whose name begins with {self._order.instance!r}")
        elif silent:
            lines.append(f"{silent} of {wanted} did not answer")
        return lines


def _words(told: DrainTold) -> str:
    if not told.draining:
        return "takes work again"
    return f"{told.in_hand} in hand" if told.in_hand else "empty"
