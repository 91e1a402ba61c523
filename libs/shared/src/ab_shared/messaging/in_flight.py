"""Work that has begun: bounded while it runs, waited for when the process ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

logger = logging.getLogger("ab.messaging")


class InFlight:
    """Runs at most ``room`` pieces of work at once; more wait for their turn.

    The tasks are our own: the library would cancel its tasks with the connection, and work that is
    half done would be thrown away each time the broker restarts.
    """

    def __init__(self, room: int) -> None:
        self._room = asyncio.Semaphore(room)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        """How much has begun or waits for its turn."""
        return len(self._tasks)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Begins a piece of work as soon as there is room."""
        task = asyncio.create_task(self._bounded(work))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def ended(self) -> None:
        """Returns when what has begun by now has ended."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def finish(self, seconds: float) -> None:
        """Waits for all of it; what has not ended after ``seconds`` is cancelled."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        unfinished = list(self._tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def _bounded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._room:
                await work
        finally:
            # Cancelled while it waited for room it has not begun: closed, it does not warn of that.
            work.close()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a message was left behind", extra={"error": type(error).__name__})
