"""Lets listeners in when they come, however slow the answers are, and waits for what is open."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from random import Random

from ab_client.errors import ClientError
from ab_client.load.arrivals import arrivals
from ab_client.load.crowd import Crowd
from ab_client.load.deeds import DEEDS
from ab_client.load.figures import NOT_SENT, Record
from ab_client.load.mix import Mix
from ab_client.load.visit import Visit

# Beyond it this machine, not the API, would be what is measured.
MOST_VISITS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How many come a second, for how long, for what; ``drain`` is how long their jobs may take."""

    mix: Mix
    rate: float
    seconds: float
    seed: int
    ramp: float = 0.0
    most: int | None = None
    drain: float = 60.0


@dataclass
class Run:
    """One load: ``go`` returns when it is over, or soon after ``stop`` is set."""

    plan: Plan
    crowd: Crowd
    record: Record = field(default_factory=Record)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    began: float = 0.0
    ended: float = 0.0
    _visits: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def seconds(self) -> float:
        """How long they have been coming."""
        now = asyncio.get_running_loop().time()
        return (self.ended or now) - self.began if self.began else 0.0

    async def go(self) -> None:
        """Lets everybody in at their time; then waits for jobs, ``drain`` seconds at most."""
        plan, loop = self.plan, asyncio.get_running_loop()
        self.began = loop.time()
        comes = arrivals(plan.rate, plan.seconds, seed=plan.seed, ramp=plan.ramp, most=plan.most)
        for number, at in enumerate(comes):
            due = self.began + at
            if await self._stopped_before(due):
                break
            self._let_in(number, due)
        else:
            if plan.most is None or self.record.arrived < plan.most:
                await self._stopped_before(self.began + plan.seconds)
        self.ended = loop.time()
        await self._drain()

    async def _stopped_before(self, due: float) -> bool:
        left = due - asyncio.get_running_loop().time()
        if left > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), left)
        return self.stop.is_set()

    def _let_in(self, number: int, due: float) -> None:
        record = self.record
        record.arrived += 1
        record.late.append(asyncio.get_running_loop().time() - due)
        if len(self._visits) >= MOST_VISITS_AT_ONCE:
            record.errors[NOT_SENT] += 1
            return
        random = Random(f"visit {self.plan.seed} {number}")
        visit = Visit(self.crowd, record, self.plan.mix, random, due)
        task = asyncio.create_task(_lead(visit))
        self._visits.add(task)
        task.add_done_callback(self._over)

    def _over(self, visit: asyncio.Task[None]) -> None:
        self._visits.discard(visit)
        if not visit.cancelled() and (broken := visit.exception()) is not None:
            # A fault of this program's, or nobody left to do it: not to be taken for an answer.
            self.record.errors[f"the visit broke: {type(broken).__name__}"] += 1

    async def _drain(self) -> None:
        waiting = asyncio.create_task(self.stop.wait())
        late = asyncio.get_running_loop().time() + self.plan.drain
        while self._visits and not waiting.done():
            left = late - asyncio.get_running_loop().time()
            if left <= 0:
                break
            await asyncio.wait(
                {waiting, *self._visits}, timeout=left, return_when="FIRST_COMPLETED"
            )
        waiting.cancel()
        open_visits = list(self._visits)
        self.record.unfinished = self.record.jobs_open
        for visit in open_visits:
            visit.cancel()
        await asyncio.gather(*open_visits, return_exceptions=True)


async def _lead(visit: Visit) -> None:
    deed = visit.mix.choose(visit.random)
    # What went wrong is counted where it did; the rest of a visit that failed does not happen.
    with contextlib.suppress(ClientError):
        await DEEDS[deed](visit)
