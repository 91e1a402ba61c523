"""``ab operator ask``: a question to Prometheus, in its own language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ab_operator.desk import console, unseated
from ab_operator.observers import Sample, address
from ab_operator.observers import ask as ask_prometheus

NOTHING = 3

app = typer.Typer(invoke_without_command=True)


@app.callback(context_settings={"allow_interspersed_args": True})
def ask(
    ctx: typer.Context,
    expression: Annotated[str, typer.Argument(metavar="PROMQL", help="'up == 0', in quotes")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list")] = False,
) -> None:
    """Asks Prometheus and shows the answer, largest first. Exit code 3 when there is none."""
    with unseated():
        url = address("prometheus", ctx.find_object(Path))
        found = sorted(ask_prometheus(url, expression), key=lambda one: one.value, reverse=True)
    if as_json:
        typer.echo(json.dumps([{"labels": one.labels, "value": one.value} for one in found]))
    else:
        console.print(_table(found) if found else "No answer: there is no such series now.")
    if not found:
        raise typer.Exit(NOTHING)


def _table(found: list[Sample]) -> Table:
    names = sorted({name for one in found for name in one.labels})
    table = Table(*names, "value")
    for one in found:
        table.add_row(*(one.labels.get(name, "") for name in names), f"{one.value:.6g}")
    return table
