"""A queue in memory: keeps what nobody takes, shares what it has among its consumers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

ItemT = TypeVar("ItemT")


@dataclass(eq=False, slots=True)
class Seat(Generic[ItemT]):
    """One consumer, with room for ``free`` more items."""

    work: Callable[[ItemT], Coroutine[Any, Any, None]]
    free: int


class MemoryQueue(Generic[ItemT]):
    """Hands items to its consumers in turn, each at most as many at once as it has room for."""

    def __init__(self, tasks: set[asyncio.Task[None]]) -> None:
        self.waiting: deque[ItemT] = deque()
        self.seats: deque[Seat[ItemT]] = deque()
        self._tasks = tasks

    def put(self, item: ItemT) -> None:
        """Adds an item at the end."""
        self.waiting.append(item)
        self._pump()

    def put_back(self, item: ItemT) -> None:
        """Returns an item that a consumer could not finish to the front."""
        self.waiting.appendleft(item)
        self._pump()

    def attach(self, seat: Seat[ItemT]) -> None:
        """Starts a consumer."""
        self.seats.append(seat)
        self._pump()

    def detach(self, seat: Seat[ItemT]) -> None:
        """Stops a consumer; what it has begun it may finish."""
        if seat in self.seats:
            self.seats.remove(seat)

    def _pump(self) -> None:
        while self.waiting and (seat := self._next()) is not None:
            seat.free -= 1
            task = asyncio.create_task(self._serve(seat, self.waiting.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _next(self) -> Seat[ItemT] | None:
        for _ in range(len(self.seats)):
            self.seats.rotate(-1)
            if self.seats[0].free:
                return self.seats[0]
        return None

    async def _serve(self, seat: Seat[ItemT], item: ItemT) -> None:
        try:
            await seat.work(item)
        finally:
            seat.free += 1
            self._pump()
