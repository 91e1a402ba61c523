"""Consuming one queue: so many handlers at once, acknowledged only when their work is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import CONNECTION_EXCEPTIONS

from ab_shared.errors import FatalError
from ab_shared.messaging.dispatching import (
    Delivery,
    Dispatcher,
    Done,
    Dropped,
    Fatal,
    Outcome,
)
from ab_shared.messaging.in_flight import InFlight
from ab_shared.messaging.link import Link
from ab_shared.messaging.moving import Mover

# Put back at once it would come back at once, as fast as the machine can.
REQUEUE_PAUSE_SECONDS = 1.0
CANCEL_SECONDS = 2.0

Declare: TypeAlias = Callable[[AbstractChannel], Awaitable[AbstractQueue]]


def delivery_of(message: AbstractIncomingMessage, queue: str) -> Delivery:
    """What a handler needs to know of a message."""
    redelivered = bool(message.redelivered)
    return Delivery(queue, message.body, message.headers, message.message_id, redelivered)


class Intake:
    """Receives the messages of one queue and runs ``work`` on each, until it is stopped."""

    def __init__(
        self,
        declare: Declare,
        work: Callable[[AbstractIncomingMessage], Awaitable[None]],
        prefetch: int,
    ) -> None:
        self._declare = declare
        self._work = work
        self._prefetch = prefetch
        # The broker counts per connection, we per process: a reconnect must not double the work.
        self._in_flight = InFlight(prefetch)
        self._stopped = False
        self._paused = False
        # Whoever begins to consume or ends it waits for whoever is at it.
        self._changing = asyncio.Lock()
        self._queue: AbstractQueue | None = None
        self._tag: str | None = None

    @property
    def busy(self) -> int:
        """How many messages are being worked on or wait for their turn here."""
        return self._in_flight.count

    async def set_up(self, link: Link) -> None:
        """Starts consuming on a new connection."""
        async with self._changing:
            self._queue = self._tag = None
            if not (self._stopped or self._paused):
                self._queue = await self._declare(await link.channel(prefetch=self._prefetch))
                self._tag = await self._queue.consume(self._receive)

    async def stop(self) -> None:
        """Takes no more messages; what has begun goes on."""
        self._stopped = True
        await self._cancel()

    async def pause(self) -> None:
        """Takes no more messages until ``resume``; what has begun goes on."""
        self._paused = True
        await self._cancel()

    async def resume(self, link: Link) -> None:
        """Takes messages again, now or as soon as there is a connection."""
        if self._paused:
            self._paused = False
            await link.again(self._take_up)

    async def finish(self, seconds: float) -> None:
        """Waits for what has begun; the broker hands the rest to somebody else later."""
        await self._in_flight.finish(seconds)

    async def ended(self) -> None:
        """Returns when what has begun by now has ended."""
        await self._in_flight.ended()

    async def _take_up(self, link: Link) -> None:
        if self._queue is None:
            await self.set_up(link)
            return
        async with self._changing:
            wanted = not (self._stopped or self._paused)
            if wanted and self._queue is not None and self._tag is None:
                self._tag = await self._queue.consume(self._receive)

    async def _cancel(self) -> None:
        async with self._changing:
            queue, tag, self._tag = self._queue, self._tag, None
            if queue is not None and tag is not None and not queue.channel.is_closed:
                with suppress(TimeoutError, *CONNECTION_EXCEPTIONS):
                    await queue.cancel(tag, timeout=CANCEL_SECONDS)

    async def _receive(self, message: AbstractIncomingMessage) -> None:
        self._in_flight.run(self._one(message))

    async def _one(self, message: AbstractIncomingMessage) -> None:
        # What waited for its turn while its connection was lost comes again by itself.
        if not message.channel.is_closed:
            with suppress(*CONNECTION_EXCEPTIONS):
                await self._work(message)


class Consumer:
    """Dispatches each message of a queue and does with it what its outcome says."""

    def __init__(
        self,
        queue: str,
        dispatcher: Dispatcher,
        mover: Mover,
        on_fatal: Callable[[FatalError], None],
    ) -> None:
        self._queue = queue
        self._dispatcher = dispatcher
        self._mover = mover
        self._on_fatal = on_fatal

    async def work(self, message: AbstractIncomingMessage) -> None:
        """Handles one message and settles it."""
        delivery = delivery_of(message, self._queue)
        await self._settle(message, delivery, await self._dispatcher.dispatch(delivery))

    async def _settle(
        self, message: AbstractIncomingMessage, delivery: Delivery, outcome: Outcome
    ) -> None:
        if isinstance(outcome, Fatal):
            # Not acknowledged: the broker hands it to the next process when this one has ended.
            self._on_fatal(outcome.error)
        # Acknowledged only when the work, or a confirmed copy of the message, is safe elsewhere.
        elif isinstance(outcome, Done | Dropped) or await self._mover.move(delivery, outcome):
            await message.ack()
        else:
            await asyncio.sleep(REQUEUE_PAUSE_SECONDS)
            await message.reject(requeue=True)
