"""A process that an operator keeps from its queues for a while, and what it tells of that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from ab_shared.contracts.draining import DrainSet, DrainTold
from ab_shared.contracts.envelope import wrap
from ab_shared.errors import TransientError
from ab_shared.messaging.metrics import DRAINED
from ab_shared.messaging.ports import Publisher
from ab_shared.runtime.context import current

logger = logging.getLogger("ab.messaging")


class Pausable(Publisher, Protocol):
    """A bus that can leave its queues alone."""

    @property
    def instance(self) -> str:
        """The name of this process."""
        ...

    @property
    def in_hand(self) -> int:
        """How many messages of its queues are being worked on."""
        ...

    async def pause(self) -> None:
        """Takes nothing new from its queues; requests and live events are heard all the same."""
        ...

    async def resume(self) -> None:
        """Takes again."""
        ...

    async def at_rest(self) -> None:
        """Returns when what was in hand at this moment is done."""
        ...


class Draining:
    """Follows ``DrainSet`` for one process; what it has begun it finishes."""

    def __init__(
        self,
        service: str,
        bus: Pausable,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._service = service
        self._bus = bus
        self._now = now
        self._newest: datetime | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._resuming: asyncio.Task[None] | None = None

    async def take(self, event: DrainSet) -> None:
        """Follows an operator, unless it is for others, over, or older than what was heard."""
        left = self._left(event)
        if not self._concerns(event) or (left is not None and left <= 0):
            return
        self._newest = event.set_at
        self.close()
        if left is None:
            await self._take_work("an operator said so")
            await self._tell(event)
            return
        self._ending = asyncio.get_running_loop().call_later(left, self._end)
        DRAINED.set(1)
        # Warnings, so that they stand in the log at every level.
        logger.warning("takes no more work", extra={"until": event.until, "actor": event.actor})
        await self._bus.pause()
        await self._tell(event)
        if self._bus.in_hand:
            await self._bus.at_rest()
            await self._tell(event)

    def close(self) -> None:
        """Waits for no end any more."""
        if self._ending is not None:
            self._ending.cancel()

    def _left(self, event: DrainSet) -> float | None:
        if event.until is None:
            return None
        # Never longer than was meant, by whichever clock.
        return min(event.until - self._now(), event.until - event.set_at).total_seconds()

    def _concerns(self, event: DrainSet) -> bool:
        stale = self._newest is not None and event.set_at <= self._newest
        named = self._bus.instance.startswith(event.instance or "")
        return event.service == self._service and named and not stale

    def _end(self) -> None:
        self._resuming = asyncio.create_task(self._take_work("the time is over"))

    async def _take_work(self, why: str) -> None:
        DRAINED.set(0)
        logger.warning("takes work again", extra={"why": why})
        await self._bus.resume()

    async def _tell(self, event: DrainSet) -> None:
        told = DrainTold(
            service=self._service,
            instance=self._bus.instance,
            set_at=event.set_at,
            draining=event.until is not None,
            in_hand=self._bus.in_hand,
        )
        envelope = wrap(told, producer=self._service, correlation_id=current().correlation_id)
        # Unheard it costs an operator a look; what was ordered is done.
        with suppress(TransientError):
            await self._bus.publish(envelope)
