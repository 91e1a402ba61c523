"""A connection to the broker that comes back by itself.

Whatever stood on the old connection is set up again on the new one, with fresh channels and fresh
names for queues that belong to one connection: the broker may hold the old ones for a while.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import CONNECTION_EXCEPTIONS
from yarl import URL

from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging.metrics import CONNECTED

logger = logging.getLogger("ab.messaging")

# A peer that vanished without a word is noticed after two of these.
HEARTBEAT_SECONDS = 10
CONNECT_SECONDS = 5.0
SET_UP_SECONDS = 10.0
CLOSE_SECONDS = 2.0
PROBE_SECONDS = 1.5
# After a restart of the broker everything is back within a second; the spread keeps a fleet
# of processes from knocking all at once.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0
_SPREAD = random.SystemRandom()

SetUp: TypeAlias = Callable[["Link"], Awaitable[None]]


def cancelled_from_outside() -> bool:
    """Whether a cancellation just caught was meant for this task.

    The library also cancels, of its own accord, what waits on a connection that ends; the task's
    own count tells the two apart.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


class Link:
    """One connection; ``set_ups`` run on each new one before it counts as up."""

    def __init__(self, url: str, name: str) -> None:
        query = {"heartbeat": str(HEARTBEAT_SECONDS), "name": name}
        self._url = URL(url).update_query(query)
        self._gauge = CONNECTED.labels(name.rpartition(".")[2])
        self._set_ups: list[SetUp] = []
        self._take_downs: list[Callable[[], None]] = []
        self._connection: AbstractConnection | None = None
        self._lost = asyncio.Event()
        self._up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._own_channel: AbstractChannel | None = None
        self._asking: asyncio.Task[bool] | None = None

    @property
    def up(self) -> bool:
        """Whether everything stands."""
        return self._up.is_set() and not self._lost.is_set()

    def on_lost(self, take_down: Callable[[], None]) -> None:
        """Calls back whenever the connection is gone."""
        self._take_downs.append(take_down)

    def register(self, set_up: SetUp) -> None:
        """Sets something up on every connection from the next one on."""
        self._set_ups.append(set_up)

    async def add(self, set_up: SetUp) -> None:
        """Sets something up now, if connected, and again on every later connection."""
        self.register(set_up)
        if self.up:
            await self._now(set_up)

    async def again(self, set_up: SetUp) -> None:
        """Sets up anew what is registered; where there is no connection, with the next one."""
        if self.up:
            await self._now(set_up)
        else:
            # One that is being made may have passed it by: it makes room for another.
            self._lost.set()

    async def _now(self, set_up: SetUp) -> None:
        try:
            async with asyncio.timeout(SET_UP_SECONDS):
                await set_up(self)
        except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
            self._lost.set()
            raise DependencyUnavailable("the broker lacks what it should have") from error

    async def start(self, within: float) -> None:
        """Connects; DependencyUnavailable when that has not worked after ``within`` seconds."""
        if not await self.begin(within):
            await self.close()
            raise DependencyUnavailable("the broker does not answer")

    async def begin(self, patience: float) -> bool:
        """Connects, and goes on trying for as long as it takes; whether ``patience`` was enough."""
        self._task = asyncio.create_task(self._run())
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._up.wait()
        return self._up.is_set()

    async def close(self) -> None:
        """Ends the connection; the broker takes back what was not acknowledged."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def channel(self, *, confirms: bool = False, prefetch: int = 0) -> AbstractChannel:
        """A channel of the present connection; when it breaks, everything is set up anew."""
        if self._connection is None:
            raise DependencyUnavailable("the broker is away")
        # Without on_return_raises the library calls a command nobody has a queue for a success.
        channel = self._connection.channel(publisher_confirms=confirms, on_return_raises=confirms)
        channel.close_callbacks.add(self._on_close)
        await channel.initialize()
        if prefetch:
            await channel.set_qos(prefetch_count=prefetch)
        under = await channel.get_underlay_channel()
        # A queue that was deleted, or whose node went, ends its consumer, not the channel.
        under.on_consumer_cancel_callbacks.add(self._on_cancel)
        return channel

    async def probe(self) -> None:
        """Asks the broker for a sign of life: a missing heartbeat tells only after twenty seconds.

        Raises DependencyUnavailable when there is none in time.
        """
        if not self.up:
            raise DependencyUnavailable("the broker is away")
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        asking = self._asking
        # Waited for, never cancelled: an answer that nobody expects any more upsets the library.
        done, _ = await asyncio.wait({asking}, timeout=PROBE_SECONDS)
        if not done:
            raise DependencyUnavailable("the broker says nothing")
        if not asking.result():
            raise DependencyUnavailable("the broker is away")

    async def _ask(self) -> bool:
        channel = self._own_channel
        try:
            # Any question that changes nothing will do.
            if channel is not None:
                await channel.set_qos(prefetch_count=1)
        except (*CONNECTION_EXCEPTIONS, TimeoutError, asyncio.CancelledError):
            return False
        return channel is not None

    def _on_close(self, *_: object) -> None:
        self._lost.set()

    def _on_cancel(self, *_: object) -> None:
        self._lost.set()

    async def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._hold()
                pause = FIRST_PAUSE_SECONDS
            except asyncio.CancelledError:
                if cancelled_from_outside():
                    raise
                logger.warning("no broker", extra={"error": "CancelledError"})
            except Exception as error:  # whatever it is: nobody else would ever connect again
                logger.warning("no broker", extra={"error": type(error).__name__})
            await asyncio.sleep(pause * _SPREAD.uniform(0.5, 1))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _hold(self) -> None:
        """Connects, sets everything up and returns when the connection is lost."""
        self._lost.clear()
        try:
            async with asyncio.timeout(CONNECT_SECONDS + SET_UP_SECONDS):
                # Held before it stands: one that never did also has to be closed, or the library
                # tries to when its memory is taken back, in a thread that may have no loop.
                self._connection = aio_pika.Connection(self._url)
                await self._connection.connect(timeout=CONNECT_SECONDS)
                self._connection.close_callbacks.add(self._on_close)
                self._own_channel = await self.channel()
                done = 0
                while done < len(self._set_ups):  # more may be registered meanwhile
                    await self._set_ups[done](self)
                    done += 1
            self._up.set()
            self._gauge.set(1)
            await self._lost.wait()
            logger.warning("the connection to the broker was lost")
        finally:
            await self._let_go()

    async def _let_go(self) -> None:
        self._up.clear()
        self._gauge.set(0)
        connection, self._connection, self._own_channel = self._connection, None, None
        # A question on this connection may never be answered; the next one gets its own.
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
        for take_down in self._take_downs:
            take_down()
        if connection is not None:
            # It is being thrown away: how it ends is of no interest any more.
            with suppress(TimeoutError, *CONNECTION_EXCEPTIONS):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await connection.close()
