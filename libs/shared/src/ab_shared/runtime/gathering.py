"""Questions that come while others are on their way, asked together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from ab_shared.runtime.context import bound, current

AskedT = TypeVar("AskedT")
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[AskedT, AnswerT]):
    asked: AskedT
    answer: asyncio.Future[AnswerT]


class Gathered(Generic[AskedT, AnswerT]):
    """Asks at once while fewer than ``flights`` questions are under way, and together after that.

    So a single caller waits for nobody, and a crowd costs hardly more than one does. ``ask`` gets
    at most ``most`` at a time and answers each in its place.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[AskedT]], Awaitable[Sequence[AnswerT]]],
        *,
        most: int,
        flights: int = 1,
    ) -> None:
        self._ask = ask
        self._most = most
        self._flights = flights
        self._waiting: list[_Waiting[AskedT, AnswerT]] = []
        self._flying = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, asked: AskedT) -> AnswerT:
        """The answer to one; raises whatever asking for its batch raised."""
        answer: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(asked, answer))
        if self._flying < self._flights:
            self._flying += 1
            task = asyncio.create_task(self._fly())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _fly(self) -> None:
        try:
            # Whoever asks in this very turn of the loop comes along.
            await asyncio.sleep(0)
            # One caller's deadline shall not end the others' question.
            with bound(replace(current(), deadline=None)):
                while self._waiting:
                    await self._ask_some()
        finally:
            self._flying -= 1

    async def _ask_some(self) -> None:
        batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        # Whoever gave up meanwhile needs no answer.
        batch = [one for one in batch if not one.answer.done()]
        if not batch:
            return
        try:
            answers = await self._ask([one.asked for one in batch])
        except Exception as error:  # whoever asked decides what it means
            # Who waits behind it would only wait for the same failure, a timeout each turn.
            lost, self._waiting = [*batch, *self._waiting], []
            for one in lost:
                if not one.answer.done():
                    one.answer.set_exception(error)
            return
        for one, answer in zip(batch, answers, strict=True):
            if not one.answer.done():
                one.answer.set_result(answer)
