"""An attack, the list of all of them, and what it means that one was not refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

Fire = Callable[..., Awaitable[None]]


class NotRefusedError(Exception):
    """The attack had an effect, or the answer gave something away; the message says what."""


class NotTriedError(Exception):
    """This deployment has nothing that could be attacked so; the message says what is missing."""


@dataclass(frozen=True)
class Attack:
    """``fire`` takes a world and returns where the attack was refused as it should be.

    ``patient``: it takes seconds of waiting and goes on beside the others.
    """

    name: str
    fire: Callable[[Any], Awaitable[None]]
    patient: bool = False


ATTACKS: list[Attack] = []


def attack(name: str, *, patient: bool = False) -> Callable[[Fire], Fire]:
    """Puts a function on the list."""

    def listed(fire: Fire) -> Fire:
        ATTACKS.append(Attack(name, fire, patient))
        return fire

    return listed


def variants(kind: str, table: dict[str, Any], *, patient: bool = False) -> Callable[[Fire], Fire]:
    """Puts one attack a row on the list; the function gets the world and the row."""

    def listed(fire: Fire) -> Fire:
        for name, row in table.items():
            ATTACKS.append(Attack(f"{kind}: {name}", partial(_with_row, fire, row), patient))
        return fire

    return listed


async def _with_row(fire: Fire, row: Any, world: Any) -> None:
    await fire(world, row)


def demand(condition: object, otherwise: str) -> None:
    """NotRefusedError unless the condition holds."""
    if not condition:
        raise NotRefusedError(otherwise)
