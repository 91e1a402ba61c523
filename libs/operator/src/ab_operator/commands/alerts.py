"""``ab operator alerts``: what fires, how bad it is, and where it is read about."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from ab_operator.desk import console, unseated
from ab_operator.observers import address, firing

WAKES = 3

app = typer.Typer(invoke_without_command=True)


@app.callback()
def alerts(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list")] = False,
) -> None:
    """Shows every alert that fires, pages first. Exit code 3 when one of them is a page."""
    with unseated():
        found = sorted(firing(address("alertmanager", ctx.find_object(Path))), key=_order)
    if as_json:
        typer.echo(json.dumps([_plain(alert) for alert in found], indent=2))
    elif not found:
        console.print("Nothing fires.")
    else:
        for alert in found:
            _tell(_plain(alert))
    if any(_plain(alert)["severity"] == "page" for alert in found):
        raise typer.Exit(WAKES)


def _order(alert: dict[str, Any]) -> tuple[bool, str]:
    return alert["labels"].get("severity") != "page", alert["startsAt"]


def _plain(alert: dict[str, Any]) -> dict[str, str]:
    labels, notes = alert["labels"], alert["annotations"]
    return {
        "alert": labels["alertname"],
        "severity": labels.get("severity", ""),
        "service": labels.get("service", ""),
        "state": alert["status"]["state"],
        "since": alert["startsAt"],
        **{name: notes.get(name, "") for name in ("summary", "description", "panel")},
        **{name: notes.get(name, "") for name in ("dashboard", "runbook_url")},
    }


def _tell(alert: dict[str, str]) -> None:
    since = datetime.now(UTC) - datetime.fromisoformat(alert["since"])
    colour = "red" if alert["severity"] == "page" else "yellow"
    held = "" if alert["state"] == "active" else f" ({alert['state']})"
    minutes = round(since.total_seconds() / 60)
    console.print(
        f"[{colour}]{alert['severity']}[/{colour}] [bold]{escape(alert['alert'])}[/bold]"
        f" {escape(alert['service'])} for {minutes} min{held}"
    )
    for line in (alert["summary"], alert["description"]):
        console.print(f"  {escape(line)}", highlight=False)
    console.print(f"  {escape(alert['panel'])} ({escape(alert['dashboard'])})", highlight=False)
    console.print(f"  {escape(alert['runbook_url'])}", highlight=False, soft_wrap=True)
