"""The place a command works from: a bus as the operator, and one way to end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import typer
from ab_shared.contracts.catalogue import OPERATOR
from ab_shared.errors import AbError, FatalError, RequestRefused
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.runtime.context import Context, bound
from rich.console import Console

from ab_operator.settings import OperatorSettings, find_settings

CONNECT_SECONDS = 10.0
EX_CONFIG = 78
ResultT = TypeVar("ResultT")

console = Console()
complaints = Console(stderr=True, highlight=False)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command has at hand: ``bus`` calls and publishes as the service ``operator``."""

    bus: RabbitBus
    settings: OperatorSettings
    context: Context = field(default_factory=Context)

    @property
    def actor(self) -> str:
        """Who is at work."""
        return self.settings.actor


def at_desk(ctx: typer.Context, work: Callable[[Desk], Awaitable[ResultT]]) -> ResultT:
    """Runs ``work`` with a connected bus, within one context, and returns what it returns.

    A failure ends the process with one line and a code: 78 for settings, 1 for what was refused,
    75 for what may work later.
    """
    stack = ctx.find_object(Path)
    try:
        return asyncio.run(_seated(find_settings(stack), work))
    except AbError as error:
        complaints.print(f"[red]{type(error).__name__}[/red]: ", end="")
        complaints.print(error.message, markup=False)
        raise typer.Exit(_code(error)) from None


async def _seated(
    settings: OperatorSettings, work: Callable[[Desk], Awaitable[ResultT]]
) -> ResultT:
    bus = RabbitBus(settings.operator_rabbitmq_url.get_secret_value(), OPERATOR)
    await bus.start(CONNECT_SECONDS)
    try:
        desk = Desk(bus, settings)
        with bound(desk.context):
            return await work(desk)
    finally:
        await bus.close()


def _code(error: AbError) -> int:
    if isinstance(error, FatalError):
        return EX_CONFIG
    return 1 if isinstance(error, RequestRefused) else 75
