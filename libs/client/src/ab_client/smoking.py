"""``ab smoke``: what the checks from outside found, as a table and as one JSON object."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ab_client.places import console, gateway_url
from ab_client.smoke import Login, Outcome, smoke


def smoke_command(
    url: Annotated[str | None, typer.Option(help="The gateway; default: the local stack")] = None,
    token: Annotated[
        str | None, typer.Option(envvar="AB_TOKEN", help="A session token or an API key")
    ] = None,
    email: Annotated[str | None, typer.Option(envvar="AB_EMAIL", help="An account")] = None,
    password: Annotated[
        str | None, typer.Option(envvar="AB_PASSWORD", help="Its password; better in AB_PASSWORD")
    ] = None,
) -> None:
    """Checks a deployment from outside; with somebody to be, the main job from end to end too."""
    began = time.perf_counter()
    base_url = gateway_url(url)
    try:
        outcomes = asyncio.run(smoke(base_url, Login(token, email, password)))
    except httpx.InvalidURL as error:
        console.print(f"[red]{escape(str(error))}[/red]")
        raise typer.Exit(2) from None
    _show(Console(stderr=True), outcomes)
    failed = sum(outcome.fault is not None for outcome in outcomes)
    took = round(time.perf_counter() - began, 1)
    figures = {"url": base_url, "checks": len(outcomes), "failed": failed, "seconds": took}
    typer.echo(json.dumps(figures))
    raise typer.Exit(1 if failed else 0)


def _show(to: Console, outcomes: list[Outcome]) -> None:
    table = Table(title="Seen from outside")
    for heading in ("check", "", "s", "what was seen"):
        table.add_column(heading, justify="right" if heading == "s" else "left")
    for outcome in outcomes:
        mark = "[green]ok[/green]" if outcome.fault is None else "[red]failed[/red]"
        seen = escape(outcome.fault or outcome.note)
        table.add_row(outcome.name, mark, f"{outcome.seconds:.2f}", seen)
    to.print(table)
