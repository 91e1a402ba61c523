"""How many instances of a service there should be, and why: arithmetic only.

One formula (the law of utilisation, U = X S, of operational analysis: Denning and Buzen, 1978)::

    wanted = instances x utilisation / target x pressure
    pressure = (arriving + waiting / patience) / leaving        of its worst queue, 1 where none is

What is done keeps ``instances x utilisation`` of them busy; what arrives, and the backlog worked
off within ``patience``, is ``pressure`` times that; ``target`` leaves room for gusts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

SERVED_AT_LEAST = 0.01
"""Messages a second below which a rate says nothing."""


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """One queue: what waits, messages a second that come and go, seconds the newest will wait."""

    name: str
    waiting: float
    arriving: float
    leaving: float
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """One service: who is there, how busy each is (0 to 1; None where nobody knows)."""

    service: str
    instances: int
    utilisation: float | None
    queues: tuple[QueueFacts, ...] = ()

    @property
    def waiting(self) -> float:
        """Messages in all of its queues."""
        return sum(queue.waiting for queue in self.queues)


@dataclass(frozen=True, slots=True)
class Goals:
    """What is aimed at: busy this much, a backlog gone within ``patience`` seconds."""

    target: float = 0.7
    patience: float = 60.0
    least: int = 1
    most_at_once: float = 4.0
    """Never more than so many times as many in one step: what is behind them has to bear it."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about one service."""

    service: str
    instances: int
    advised: int
    why: str
    utilisation: float | None
    pressure: float
    age: float
    waiting: float
    arriving: float
    leaving: float
    worst: str = field(default="")


def pressure_of(queue: QueueFacts, patience: float) -> float:
    """How much more has to be done than is done; 1 where nothing tells."""
    if queue.leaving < SERVED_AT_LEAST:
        return 1.0
    return (queue.arriving + queue.waiting / patience) / queue.leaving


def advise(facts: ServiceFacts, goals: Goals) -> Advice:
    """Never fewer than ``goals.least``; nothing is taken away while anything waits."""
    worst = max(
        facts.queues,
        key=lambda queue: (pressure_of(queue, goals.patience), queue.waiting),
        default=None,
    )
    pressure = pressure_of(worst, goals.patience) if worst else 1.0
    advised, why = _advised(facts, goals, pressure)
    return Advice(
        service=facts.service,
        instances=facts.instances,
        advised=advised,
        why=why,
        utilisation=facts.utilisation,
        pressure=pressure,
        age=max((queue.age for queue in facts.queues), default=0.0),
        waiting=facts.waiting,
        arriving=sum(queue.arriving for queue in facts.queues),
        leaving=sum(queue.leaving for queue in facts.queues),
        worst=worst.name if worst and pressure > 1 else "",
    )


def _advised(facts: ServiceFacts, goals: Goals, pressure: float) -> tuple[int, str]:
    here = facts.instances
    if here == 0:
        return goals.least, "nobody is there"
    if _stuck(facts.queues):
        return max(here, goals.least), "messages wait and none leaves: more instances do not help"
    busy = facts.utilisation
    if busy is None:
        # Whoever has work waiting has no time left; of anybody else nothing is known.
        busy = 1.0 if facts.waiting else goals.target
    wanted = here * busy / goals.target * max(pressure, 1.0 if facts.waiting else pressure)
    bounded = min(max(wanted, goals.least), here * goals.most_at_once)
    advised = max(goals.least, _rounded_up(bounded))
    if advised < here and facts.waiting:
        return here, "less would do, once nothing waits any more"
    if advised < here:
        # Half at most: what was quiet for five minutes may be busy in the sixth.
        return max(advised, _rounded_up(here / 2)), "less would do"
    if advised == here:
        return here, "as it should be"
    return advised, "more arrives than leaves" if pressure > 1 else "busier than aimed at"


def _stuck(queues: Sequence[QueueFacts]) -> bool:
    return any(queue.waiting > 0 for queue in queues) and not any(
        queue.leaving >= SERVED_AT_LEAST for queue in queues if queue.waiting > 0
    )


def _rounded_up(number: float) -> int:
    # A hair above a whole number is that number: rates are never exact.
    return math.ceil(number - 1e-6)
