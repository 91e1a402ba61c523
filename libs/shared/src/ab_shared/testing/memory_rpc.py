"""Requests and answers in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging.codec import Reply
from ab_shared.messaging.dispatching import Delivery
from ab_shared.testing.memory_queue import MemoryQueue, Seat

SERVER_PREFETCH = 50
Respond = Callable[[Delivery], Coroutine[Any, Any, Reply | None]]


@dataclass(frozen=True, slots=True)
class Call:
    """A request that waits for its reply."""

    delivery: Delivery
    reply: asyncio.Future[Reply]


class MemorySwitchboard:
    """Connects callers with whoever serves their request now."""

    def __init__(self, tasks: set[asyncio.Task[None]]) -> None:
        self._tasks = tasks
        self._queues: dict[str, MemoryQueue[Call]] = {}
        self._keys: dict[str, str] = {}

    def serve(self, queue: str, keys: Iterable[str], respond: Respond) -> Callable[[], None]:
        """Starts a server; the answer stops it."""

        async def work(call: Call) -> None:
            reply = await respond(call.delivery)
            if reply is not None and not call.reply.done():
                call.reply.set_result(reply)

        seat = Seat(work, SERVER_PREFETCH)
        shared = self._queues.setdefault(queue, MemoryQueue(self._tasks))
        shared.attach(seat)
        self._keys.update(dict.fromkeys(keys, queue))
        return lambda: shared.detach(seat)

    async def call(self, routing_key: str, delivery: Delivery) -> Reply:
        """Waits for the reply as long as the caller does."""
        queue = self._queues.get(self._keys.get(routing_key, ""))
        if queue is None or not queue.seats:
            raise DependencyUnavailable(f"nobody serves {routing_key}")
        reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        queue.put(Call(delivery, reply))
        return await reply
