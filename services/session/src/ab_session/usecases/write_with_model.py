"""Has a model write lines: one attempt, one repair, within a budget and a deadline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ab_shared.errors import TransientError
from ab_shared.runtime import vendor_metrics
from ab_shared.runtime.clock import Clock

from ab_session.domain.prompts import INSTRUCTIONS, REPAIR, REQUEST, PromptVersion, version_for
from ab_session.domain.spending import Usage, cost, dearest, tokens_for
from ab_session.domain.writer.judging import faults
from ab_session.domain.writer.reading import Reading, Wish
from ab_session.domain.writer.telling import Prompts, Said, told, told_again
from ab_session.ports import Store
from ab_session.usecases.writer_metrics import FALLBACKS, REPAIRS, SETS, VENDOR
from ab_session.writer_ports import Answered, FarWriter, Trouble, TurnedAway

# Less time than this is not worth what a second attempt costs.
LEAST_SECONDS = 2.0
PROBLEMS = {
    Trouble.CUT: "the answer was cut off before its end: write shorter lines",
    Trouble.MALFORMED: 'the answer was not JSON of the shape {"lines": ["...", "..."]}',
}
logger = logging.getLogger("ab.session")


class Why(StrEnum):
    """Why a model's lines are not shown."""

    UNAVAILABLE = "unavailable"
    SPENT = "budget_spent"
    REFUSED = "refused"
    BROKEN = "broken_rules"
    NO_PROMPTS = "no_prompts"


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be written."""

    wish: Wish
    reading: Reading
    count: int


@dataclass(frozen=True, slots=True)
class Result:
    """Lines that obey every rule; or why there are none, and what the last ones broke."""

    lines: tuple[str, ...] = ()
    why: Why | None = None
    complaints: tuple[str, ...] = ()


class _BudgetSpent(Exception):
    """A day's limit is reached."""


@dataclass(frozen=True, slots=True)
class WriteWithModel:
    """Its seconds bound both attempts together, its limits what a day may cost."""

    store: Store
    far: FarWriter
    clock: Clock

    async def __call__(self, user_id: str, task: Task) -> Result:
        """Never raises for what the model, the budget or the database do."""
        try:
            prompts = await self.prompts_for(user_id)
            result = await self.attempt(prompts, task) if prompts else Result(why=Why.NO_PROMPTS)
        except TransientError:
            prompts, result = None, Result(why=Why.UNAVAILABLE)
        if result.why is None:
            SETS.labels("model", prompts.label if prompts else "none").inc()
        else:
            FALLBACKS.labels(result.why.value).inc()
            logger.warning("The built-in writer steps in", extra={"why": result.why.value})
        return result

    async def prompts_for(self, user_id: str) -> Prompts | None:
        """The versions that this user is given; None while a template has no active one."""
        async with self.store.begin() as unit:
            given = await unit.prompts.given()
        found: list[PromptVersion] = []
        for template in (INSTRUCTIONS, REQUEST, REPAIR):
            version = version_for(given.get(template.key, ()), user_id)
            if version is None:
                return None
            found.append(version)
        return Prompts(*found)

    async def attempt(self, prompts: Prompts, task: Task) -> Result:
        """The lines, mended once where they broke rules."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.far.seconds
        said = told(prompts, task.wish, task.reading, task.count)
        try:
            first = await self._ask(said, task.count, deadline)
            result = _judged(first, prompts, task)
            worth_it = result.why is Why.BROKEN and deadline - loop.time() >= LEAST_SECONDS
            if not worth_it:
                return result
            again = told_again(prompts, said, first.text, list(result.complaints), task.count)
            result = _judged(await self._ask(again, task.count, deadline), prompts, task)
        except _BudgetSpent:
            return Result(why=Why.SPENT)
        except TransientError:
            return Result(why=Why.UNAVAILABLE)
        REPAIRS.labels("mended" if result.why is None else "broken").inc()
        return result

    async def _ask(self, said: Sequence[Said], count: int, deadline: float) -> Answered:
        """One call, on the book before it is made: whatever dies in it has been counted."""
        if self.far.model.resting:
            raise TurnedAway("The model is left alone for a while")
        day, most = self.clock().date(), tokens_for(count)
        characters = sum(len(one.text) for one in said)
        reserved = dearest(characters, len(said), most, self.far.model.prices)
        async with self.store.begin() as unit:
            if not await unit.writing.reserve(day, reserved, self.far.limits):
                raise _BudgetSpent
        try:
            answered = await self.far.model.answer(said, most, deadline)
        except TurnedAway:
            await self._settle(day, reserved, 0, Usage())
            raise
        # A server that does not say what it used is taken to have used the most.
        usage = answered.usage
        micros = cost(usage, self.far.model.prices) if usage.told else reserved
        await self._settle(day, reserved, micros, usage)
        _count(usage, micros)
        return answered

    async def _settle(self, day: date, reserved: int, micros: int, usage: Usage) -> None:
        try:
            async with self.store.begin() as unit:
                await unit.writing.settle(day, reserved, micros, usage)
        except TransientError:
            # What was reserved stays counted, and what was written is not thrown away for that.
            logger.warning("What a model's call cost could not be noted")


def _judged(answered: Answered, prompts: Prompts, task: Task) -> Result:
    if answered.trouble is Trouble.REFUSED:
        return Result(why=Why.REFUSED)
    if answered.trouble is not None:
        return Result(why=Why.BROKEN, complaints=(PROBLEMS[answered.trouble],))
    wrong = faults(answered.lines, task.count, prompts.instructions.text)
    return Result(why=Why.BROKEN, complaints=tuple(wrong)) if wrong else Result(answered.lines)


def _count(usage: Usage, micros: int) -> None:
    for kind, tokens in (
        ("prompt", usage.told),
        ("cached", usage.cached),
        ("completion", usage.written),
    ):
        vendor_metrics.TOKENS.labels(VENDOR, kind).inc(tokens)
    vendor_metrics.COST.labels(VENDOR).inc(micros / 1_000_000)
