"""Where the command line finds the API, and where it writes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import typer
from rich.console import Console

DEFAULT_STACK = Path(".local/dev/stack.json")

console = Console()


def gateway_url(given: str | None) -> str:
    """The given URL, else AB_URL, else the local stack's; exits with a hint when there is none."""
    if url := given or os.environ.get("AB_URL"):
        return url
    if DEFAULT_STACK.exists():
        return str(json.loads(DEFAULT_STACK.read_text())["gateway_url"])
    console.print("No gateway: start one with [bold]make up[/bold], or give --url.")
    raise typer.Exit(2)
