"""``ab operator logs``: how much the services write into their logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, get_args

import typer
from ab_shared.contracts.audit import Details
from ab_shared.contracts.catalogue import OPERATOR, SERVICES
from ab_shared.contracts.envelope import wrap
from ab_shared.contracts.log_levels import LogLevel, LogLevelSet

from ab_operator.desk import Desk, at_desk, complaints, console

app = typer.Typer(no_args_is_help=True, help="How much the services write into their logs.")
LEVELS = get_args(LogLevel)
LONGEST_MINUTES = 24 * 60
ALL = "all"


@app.callback()
def logs() -> None:
    """How much the services write into their logs."""


@app.command()
def level(
    ctx: typer.Context,
    service: Annotated[str, typer.Argument(help=f"{', '.join(SERVICES)} or {ALL}")],
    name: Annotated[str, typer.Argument(metavar="LEVEL", help=", ".join(LEVELS))],
    *,
    minutes: Annotated[
        int, typer.Option(min=1, max=LONGEST_MINUTES, help="Then the setting is in force again")
    ] = 15,
) -> None:
    """Sets the level of every process of a service for a while, without a restart."""
    _known("service", service, (*SERVICES, ALL))
    _known("level", name.upper(), LEVELS)
    now = datetime.now(UTC)
    until = now + timedelta(minutes=minutes)

    async def say(desk: Desk) -> None:
        whom = None if service == ALL else service
        said = {"service": whom, "level": name.upper(), "set_at": now, "until": until}
        event = LogLevelSet.model_validate({**said, "actor": desk.actor})
        after: Details = {"level": event.level, "minutes": minutes}
        await desk.record("log_level.set", f"service/{service}", after=after)
        correlation_id = desk.context.correlation_id
        await desk.bus.publish(wrap(event, producer=OPERATOR, correlation_id=correlation_id))

    at_desk(ctx, say)
    console.print(f"{service}: {name.upper()} until {until:%H:%M:%S} UTC, then as in the settings")


def _known(what: str, said: str, known: tuple[str, ...]) -> None:
    if said not in known:
        complaints.print(f"There is no {what} {said!r}; there are {', '.join(known)}", markup=False)
        raise typer.Exit(2)
