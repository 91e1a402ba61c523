"""Fires attacks and notes what came of each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from attacks.attack import ATTACKS, Attack, NotRefusedError, NotTriedError
from attacks.world import World, open_world

KINDS = ("tokens", "sign_ins", "guessing", "requests", "smuggling", "doors", "webhooks")
SECONDS = 60.0


def all_attacks() -> list[Attack]:
    """The whole list, each name once."""
    for kind in KINDS:
        import_module(f"attacks.{kind}")
    names = [one.name for one in ATTACKS]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two attacks with one name: {sorted(twice)}")
    return ATTACKS


@dataclass
class Tally:
    """What came of it; both lists by name."""

    refused: int = 0
    not_refused: dict[str, str] = field(default_factory=dict)
    not_tried: dict[str, str] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """As one JSON object."""
        return {
            "tried": self.refused + len(self.not_refused),
            "refused": self.refused,
            "not_refused": self.not_refused,
            "not_tried": self.not_tried,
        }


async def fire(world: World, attack: Attack) -> None:
    """One attack; afterwards the API must be well.

    Raises:
        NotRefusedError: with what was wrong.
        NotTriedError: with what is missing.
    """
    try:
        async with asyncio.timeout(SECONDS):
            await attack.fire(world)
            await world.check_alive()
    except TimeoutError:
        raise NotRefusedError("no answer in time") from None


async def fire_all(stack: dict[str, Any], attacks: list[Attack]) -> Tally:
    """All of them, one after the other; those that only wait go on beside the rest."""
    tally = Tally()
    async with open_world(stack) as world:
        waiting = [asyncio.create_task(_noted(world, one, tally)) for one in attacks if one.patient]
        for one in attacks:
            if not one.patient:
                await _noted(world, one, tally)
        await asyncio.gather(*waiting)
    return tally


async def _noted(world: World, attack: Attack, tally: Tally) -> None:
    try:
        await fire(world, attack)
    except NotTriedError as reason:
        tally.not_tried[attack.name] = str(reason)
    except Exception as reason:  # whatever it is, the attack was not refused as it should be
        tally.not_refused[attack.name] = f"{type(reason).__name__}: {reason}"
    else:
        tally.refused += 1
