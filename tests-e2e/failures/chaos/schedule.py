"""Which faults a run meets, in which order: all of it follows from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

SERVERS = ("rabbitmq", "postgres", "valkey", "s3")
SERVICES = ("gateway", "auth", "session", "tts", "stitching", "entitlement")
TWO_OF = ("tts", "stitching")
SHORTEST, LONGEST = 2.0, 8.0
TOGETHER = 0.25


class Kind(StrEnum):
    """What is done to a process, or to the connections of all services to a server."""

    KILL = "kill"
    PAUSE = "pause"
    CUT = "cut"
    DELAY = "delay"
    TRICKLE = "trickle"
    FREEZE = "freeze"
    HALF_OPEN = "half-open"
    REFUSE = "refuse"


PROCESS_FAULTS = (Kind.KILL, Kind.KILL, Kind.PAUSE)
CONNECTION_FAULTS = tuple(kind for kind in Kind if kind not in PROCESS_FAULTS)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, for so many seconds where it lasts at all."""

    kind: Kind
    target: str
    seconds: float = 0.0

    def __str__(self) -> str:
        """As the log of a run has it."""
        lasts = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.kind} {self.target}{lasts}"


def make_schedule(seed: int, rounds: int) -> list[tuple[Fault, ...]]:
    """The rounds of a run: one fault each, sometimes two at once.

    Every server and every service is killed once before chance alone decides, where there are
    rounds enough.
    """
    dice = random.Random(f"faults {seed}")
    must = [Fault(Kind.KILL, target) for target in (*SERVERS, *SERVICES)]
    must += [_lasting(dice, Kind.PAUSE, "postgres"), _lasting(dice, Kind.PAUSE, "rabbitmq")]
    dice.shuffle(must)
    schedule: list[tuple[Fault, ...]] = []
    for number in range(rounds):
        first = must[number] if number < len(must) else _any(dice)
        second = _any(dice)
        both = dice.random() < TOGETHER and second.target != first.target
        schedule.append((first, second) if both else (first,))
    return schedule


def _any(dice: random.Random) -> Fault:
    if dice.random() < 0.5:
        target = dice.choice((*SERVERS, *SERVICES, *SERVICES))
        if target in TWO_OF:
            target += dice.choice(("", "-2"))
        return _lasting(dice, dice.choice(PROCESS_FAULTS), target)
    return _lasting(dice, dice.choice(CONNECTION_FAULTS), dice.choice(SERVERS))


def _lasting(dice: random.Random, kind: Kind, target: str) -> Fault:
    seconds = round(dice.uniform(SHORTEST, LONGEST), 1)
    return Fault(kind, target, 0.0 if kind in {Kind.KILL, Kind.CUT} else seconds)
