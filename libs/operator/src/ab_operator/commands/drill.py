"""``ab operator drill``: breaks a local stack on purpose and shows which alert tells of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ab_operator.desk import EX_CONFIG, complaints

PLACE = Path(__file__).resolve().parents[5] / "tests-e2e"
app = typer.Typer(invoke_without_command=True, context_settings={"allow_interspersed_args": True})


@app.callback()
def drill(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="list, all, or which")],
    hurry: Annotated[
        float, typer.Option(min=1, help="Divides the times of the rules on a stack of its own")
    ] = 10.0,
) -> None:
    """Breaks something for real, waits for the alert, mends it, and counts what was lost.

    On a stack of its own that is gone afterwards, or on a local one that runs already and is
    watched: ab operator --stack FILE drill NAME. Never on anything else.
    """
    if not (PLACE / "drills").is_dir():
        complaints.print("Drills break a local stack: run them in the project's own folder.")
        raise typer.Exit(EX_CONFIG)
    command = [sys.executable, "-m", "drills", *names, "--hurry", f"{hurry:g}"]
    if (stack := ctx.find_object(Path)) is not None:
        command += ["--stack", str(stack.resolve())]
    # In this process's place: Ctrl-C then reaches the one that has something to mend.
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": str(PLACE)})
