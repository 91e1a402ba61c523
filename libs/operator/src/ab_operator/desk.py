"""The place a command works from: a bus as the operator, and one way to end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import typer
from ab_shared.contracts.audit import AuditRecorded, Details
from ab_shared.contracts.catalogue import OPERATOR
from ab_shared.contracts.envelope import wrap
from ab_shared.errors import AbError, FatalError, RequestRefused, ValidationFailed
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.runtime.context import Context, bound
from pydantic import ValidationError
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
    def broker_url(self) -> str:
        """The broker, for what is no message of a service: queues and dead letters."""
        return self.settings.operator_rabbitmq_url.get_secret_value()

    @property
    def actor(self) -> str:
        """Who is at work."""
        return self.settings.actor

    async def record(
        self,
        action: str,
        subject: str,
        *,
        before: Details | None = None,
        after: Details | None = None,
        reason: str | None = None,
    ) -> None:
        """Writes into the audit trail, confirmed: do it before the deed, so that none goes unseen.

        Raises:
            ValidationFailed: an entry that may not be kept, such as one with an address in it.
            DependencyUnavailable: the broker is away; then do not do the deed either.
        """
        try:
            entry = AuditRecorded(
                actor=self.actor,
                actor_kind="operator",
                action=action,
                subject=subject,
                before=before,
                after=after,
                reason=reason,
                request_id=self.context.request_id,
            )
        except ValidationError as error:
            raise ValidationFailed(f"The audit trail: {error.errors()[0]['msg']}") from None
        correlation_id = self.context.correlation_id
        await self.bus.publish(wrap(entry, producer=OPERATOR, correlation_id=correlation_id))


def at_desk(ctx: typer.Context, work: Callable[[Desk], Awaitable[ResultT]]) -> ResultT:
    """Runs ``work`` with a connected bus, within one context, and returns what it returns.

    A failure ends the process with one line and a code: 78 for settings, 1 for what was refused,
    75 for what may work later.
    """
    stack = ctx.find_object(Path)
    with unseated():
        return asyncio.run(_seated(find_settings(stack), work))


@contextmanager
def unseated() -> Iterator[None]:
    """Ends the process as ``at_desk`` does, for what needs no broker."""
    try:
        yield
    except ValidationError as error:
        row = error.errors(include_input=False, include_url=False)[0]
        place = " ".join(str(part) for part in row["loc"])
        complaints.print(f"{place}: {row['msg']}", markup=False)
        raise typer.Exit(1) from None
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
