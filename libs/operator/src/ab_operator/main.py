"""``ab operator``: every module in ``commands/`` is one command or one group of them."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from ab_operator import commands

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def main(
    ctx: typer.Context,
    stack: Annotated[
        Path | None, typer.Option(help="A stack file; default: OPERATOR_* or .local/dev/stack.json")
    ] = None,
) -> None:
    """Runs the stack: what waits, what failed, who did what."""
    if stack is not None:
        ctx.obj = stack


for found in pkgutil.iter_modules(commands.__path__):
    # A group by the name of its file, so that adding one touches no shared file.
    app.add_typer(
        import_module(f"{commands.__name__}.{found.name}").app, name=found.name.replace("_", "-")
    )
