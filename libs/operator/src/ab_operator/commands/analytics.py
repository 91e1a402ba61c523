"""``ab operator analytics``: what listeners did by the day, and a day counted anew."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer
from ab_shared.contracts.analytics import MAX_DAYS, Analytics, DayNumbers, GetAnalytics, RollUpDay
from rich.table import Table

from ab_operator.desk import Desk, at_desk, console

# A day of a million events takes its seconds.
SECONDS = 60.0
SHOWN = ("active", "activeWeek", "activeMonth", "created", "starts", "completes", "rendersOk")

app = typer.Typer(no_args_is_help=True, help="What listeners do, by the day in UTC.")


def day_of(text: str) -> date:
    """A date, or yesterday."""
    if text == "yesterday":
        return datetime.now(UTC).date() - timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("name a day as 2026-01-31, or: yesterday") from None


@app.command("show")
def show(
    ctx: typer.Context,
    *,
    days: Annotated[int, typer.Option(min=1, max=MAX_DAYS, help="How many, up to today")] = 14,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object")] = False,
) -> None:
    """Shows the days that were counted."""
    last = datetime.now(UTC).date()
    asked = GetAnalytics(first=last - timedelta(days=days - 1), last=last)

    async def read(desk: Desk) -> Analytics:
        return await desk.bus.call(asked)

    found = at_desk(ctx, read)
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), indent=2))
        return
    console.print(_table(found.days))


@app.command("roll-up")
def roll_up(
    ctx: typer.Context,
    day: Annotated[str, typer.Argument(help="A day in UTC: 2026-01-31, or: yesterday")],
    *,
    why: Annotated[str | None, typer.Option(help="For the audit trail")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object")] = False,
) -> None:
    """Counts a day anew; the same again gives the same numbers."""
    wanted = day_of(day)

    async def ask(desk: Desk) -> DayNumbers:
        deed = RollUpDay(day=wanted, actor=desk.actor, actor_kind="operator", reason=why)
        return await desk.bus.call(deed, timeout=SECONDS)

    numbers = at_desk(ctx, ask)
    if as_json:
        typer.echo(json.dumps(numbers.model_dump(mode="json"), indent=2))
        return
    console.print(_table((numbers,)))


def _table(days: tuple[DayNumbers, ...]) -> Table:
    table = Table("day", *SHOWN, "")
    for one in days:
        counts = (str(one.counts.get(name, 0)) for name in SHOWN)
        table.add_row(one.day.isoformat(), *counts, "due again" if one.stale else "")
    return table
