"""One order to drain, and what every process it concerns tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from ab_shared.contracts.catalogue import OPERATOR
from ab_shared.contracts.draining import DrainSet, DrainTold
from ab_shared.contracts.envelope import wrap
from ab_shared.messaging.ports import Publisher, Subscriptions
from ab_shared.runtime.context import current

from ab_operator.desk import console

ANSWER_SECONDS = 5.0
"""A process that has not answered by then stands still, or is not there."""


class Drain:
    """Keeps, by process, the latest word on an order.

    ``wanted`` is how many processes have to answer; None where only they know whom it concerns.
    """

    def __init__(
        self, order: DrainSet, wanted: int | None, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._order = order
        self._wanted = wanted
        self._answer_seconds = answer_seconds
        self._told: dict[str, DrainTold] = {}
        self._news = asyncio.Condition()

    def listen(self) -> Subscriptions:
        """What has to be heard before the order is sent."""
        subscriptions = Subscriptions()
        subscriptions.on(DrainTold, self._hear)
        return subscriptions

    async def carried_out(self, bus: Publisher, seconds: float) -> list[str]:
        """What is not as ordered after ``seconds``, a line each; nothing when all is."""
        correlation_id = current().correlation_id
        await bus.publish(wrap(self._order, producer=OPERATOR, correlation_id=correlation_id))
        await self._until(self._all_have_answered, self._answer_seconds)
        await self._until(lambda: not self._busy(), seconds)
        return [*self._silence(), *(f"{one.instance}: {_words(one)} yet" for one in self._busy())]

    async def _hear(self, told: DrainTold) -> None:
        if told.set_at != self._order.set_at or told.service != self._order.service:
            return
        async with self._news:
            known = self._told.get(told.instance)
            # Of two words of one process the one with less in hand is the later one.
            if known is None or told.in_hand < known.in_hand:
                self._told[told.instance] = told
                console.print(f"{told.instance}: {_words(told)}", highlight=False, soft_wrap=True)
            self._news.notify_all()

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(done)

    def _all_have_answered(self) -> bool:
        return self._wanted is not None and len(self._told) >= self._wanted

    def _busy(self) -> list[DrainTold]:
        return [told for told in self._told.values() if told.draining and told.in_hand]

    def _silence(self) -> list[str]:
        service, heard = self._order.service, len(self._told)
        if self._wanted == 0 and not heard:
            return [f"No process of {service} is there"]
        if self._wanted is None and not heard:
            return [f"Nobody answered whose name begins with {self._order.instance!r}"]
        if heard < (self._wanted or 0):
            return [f"{self._wanted} processes are there and {heard} answered: do clocks agree?"]
        return []


def _words(told: DrainTold) -> str:
    if not told.draining:
        return "takes work again"
    return f"{told.in_hand} in hand" if told.in_hand else "empty"
