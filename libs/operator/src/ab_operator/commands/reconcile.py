"""``ab operator reconcile``: rows and stored objects agree again, after a restore or a loss."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from ab_operator.desk import Desk, at_desk, complaints, console
from ab_operator.object_census import KINDS, Found, ObjectCensus

DISAGREES = 3

app = typer.Typer(invoke_without_command=True)


@app.callback()
def reconcile(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is wrong")] = False,
    grace_hours: Annotated[
        float, typer.Option(min=0, help="Objects that nobody names are kept this long")
    ] = 24.0,
    why: Annotated[str | None, typer.Option(help="For the audit trail")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object")] = False,
) -> None:
    """Forgets sounds whose objects are gone (they are made again when asked for); sweeps orphans.

    Exit code 3 when --dry-run found something to forget.
    """
    seconds = round(grace_hours * 3600)
    found = at_desk(ctx, lambda desk: _run(desk, seconds, why, dry_run=dry_run))
    if as_json:
        typer.echo(json.dumps(found.as_dict(), indent=2))
    else:
        console.print(_table(found))
    if dry_run and not found.agrees:
        raise typer.Exit(DISAGREES)


async def _run(desk: Desk, grace_seconds: int, why: str | None, *, dry_run: bool) -> Found:
    if not dry_run:
        # The seconds stand in the reason: an entry's details are for what was changed.
        reason = why or f"grace {grace_seconds} s"
        await desk.record("objects.reconcile", "objects:all", reason=reason)
    census = ObjectCensus(desk.bus, dry_run=dry_run, grace_seconds=grace_seconds, actor=desk.actor)
    return await census.run(lambda line: complaints.print(f"[dim]{line}[/dim]"))


def _table(found: Found) -> Table:
    table = Table("", "checked", "lost", "forgotten", "sessions to render", "orphans", "swept")
    for kind in KINDS:
        tally = found.tallies[kind]
        row = (tally.checked, tally.lost, tally.forgotten, tally.sessions)
        table.add_row(kind, *map(str, (*row, tally.orphans, tally.swept)))
    return table
