"""``ab operator status``: every queue, what waits in it and who takes from it."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from ab_shared.messaging.inspecting import QueueState, queue_states
from rich.table import Table

from ab_operator.desk import Desk, at_desk, console

app = typer.Typer(invoke_without_command=True)


@app.callback()
def status(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object")] = False,
) -> None:
    """Shows every queue: what waits, who takes from it. Exit code 3 when nobody does."""
    states = at_desk(ctx, _look)
    if as_json:
        typer.echo(json.dumps({state.name: state.as_dict() for state in states}, indent=2))
    else:
        console.print(_table(states))
    if any(state.deaf for state in states):
        raise typer.Exit(3)


async def _look(desk: Desk) -> list[QueueState]:
    return await queue_states(desk.broker_url)


def _table(states: list[QueueState]) -> Table:
    table = Table("queue", "waiting", "consumers", "")
    for state in states:
        said = "[red]nobody hears it[/red]" if state.deaf else ""
        if state.dead and state.waiting:
            said = "[yellow]ab operator dlq list[/yellow]"
        table.add_row(state.name, str(state.waiting), str(state.consumers), said)
    return table
