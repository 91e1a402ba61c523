"""One listener's visit: requests in turn, each timed from when it should have been sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from ab_client.errors import ApiRefusal, ClientError
from ab_client.load.crowd import Crowd
from ab_client.load.figures import Record
from ab_client.load.mix import Mix

TRIES = 3
# What asks for more patience than this is given up, as a person would.
LONGEST_WAIT, DEFAULT_WAIT = 10.0, 1.0
BUSY = frozenset({429, 503})
ResultT = TypeVar("ResultT")


@dataclass
class Visit:
    """Who is there, what has been counted, and ``due``: when the next request should be sent.

    The first one is due when the listener came, whether or not this machine had time then: that
    corrects the coordinated omission of slow answers (G. Tene, How NOT to Measure Latency, 2013).
    Each further one is due when the one before was answered.
    """

    crowd: Crowd
    record: Record
    mix: Mix
    random: Random
    due: float

    async def ask(self, request: str, call: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Sends a request, again where the API is busy and says when; counts what came of it.

        Raises:
            ClientError: it went wrong for good, and was counted.
        """
        clock = asyncio.get_running_loop().time
        self.record.begin()
        try:
            answer = await self._patiently(call)
        except ClientError as error:
            self.record.end(request, clock() - self.due, error)
            raise
        except BaseException:
            self.record.abandon()
            raise
        self.record.end(request, clock() - self.due)
        self.due = clock()
        return answer

    async def _patiently(self, call: Callable[[], Awaitable[ResultT]]) -> ResultT:
        left = TRIES
        while True:
            left -= 1
            try:
                return await call()
            except ApiRefusal as refusal:
                if refusal.status not in BUSY:
                    raise
                self.record.throttled[refusal.status] += 1
                wait = DEFAULT_WAIT if refusal.retry_after is None else refusal.retry_after
                if not left or wait > LONGEST_WAIT:
                    raise
            self.record.retried += 1
            await asyncio.sleep(wait)
