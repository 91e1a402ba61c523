"""What twenty listeners order during a run: all of it follows from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from ab_client.lines import PARTS
from ab_shared.contracts.http import DraftSession

USERS = 20
POOL = 80
VOICES = ("nova", "nova", "nova", "alloy", "onyx", "echo")
GOALS = ("sleep", "focus", "anxiety")
LENGTHS = (1, 2, 3, 4, 4, 4, 5, 6, 6, 8, 12, 24)


class Kind(StrEnum):
    """What a listener does besides pressing "create"."""

    PLAIN = "plain"
    TWICE = "the same draft twice at once"
    AGAIN = "the same draft again later"
    INVALID = "a draft that breaks a rule"
    CANCEL = "cancelled"
    ENSURE = "ensure-audio twice at once"


WEIGHTS = {
    Kind.PLAIN: 70,
    Kind.TWICE: 8,
    Kind.AGAIN: 5,
    Kind.INVALID: 5,
    Kind.CANCEL: 6,
    Kind.ENSURE: 6,
}


@dataclass(frozen=True, slots=True)
class Order:
    """One draft, by whom, and how many seconds after the start."""

    number: int
    user: int
    kind: Kind
    draft: DraftSession
    at: float


def make_orders(seed: int, count: int, window: float) -> list[Order]:
    """The orders of a run, spread over ``window`` seconds, the earliest first."""
    # Not for secrets: the same seed has to give the same run.
    dice = random.Random(f"orders {seed}")
    pool = sorted({" ".join(dice.choice(part) for part in PARTS) for _ in range(POOL)})
    times = sorted(dice.uniform(0.0, window) for _ in range(count))
    return [_order(dice, number, pool, at) for number, at in enumerate(times)]


def _order(dice: random.Random, number: int, pool: list[str], at: float) -> Order:
    kind = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    lines = dice.sample(pool, dice.choice(LENGTHS))
    draft = DraftSession(
        local_draft_id=UUID(int=dice.getrandbits(128), version=4),
        title=f"Order {number}",
        goal_tag=dice.choice(GOALS),
        affirmations=lines,
        voice_id=dice.choice(VOICES),
    )
    if kind is Kind.INVALID:
        # Past the typed client, which would refuse it before anything is sent.
        draft = draft.model_copy(update={"affirmations": dice.choice(([], ["   "], [""]))})
    return Order(number, dice.randrange(USERS), kind, draft, at)
