"""``ab``: the command line of Affirmation Beats."""

from __future__ import annotations

import asyncio
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import httpx
import typer
from pydantic import ValidationError
from rich.markup import escape

from ab_client.demo import Wish, demo
from ab_client.errors import ClientError
from ab_client.for_you import for_you_command
from ab_client.lines import BUILT_IN
from ab_client.load.command import load_command
from ab_client.me import app as me_app
from ab_client.places import console, gateway_url
from ab_client.smoking import smoke_command

DEFAULT_OUT = Path(".local/demo")
PLUGINS = "ab.commands"

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

app.command("smoke")(smoke_command)
app.command("load")(load_command)


@app.callback()
def main() -> None:
    """Affirmation Beats from the command line."""


def add_installed(to: typer.Typer) -> None:
    """Adds the commands that other packages bring, each under the name of its entry point."""
    for found in entry_points(group=PLUGINS):
        to.add_typer(found.load(), name=found.name)


def _lines(given: list[str], file: Path | None) -> list[str]:
    written = file.read_text(encoding="utf-8").splitlines() if file else []
    wanted = [line.strip() for line in [*given, *written] if line.strip()]
    if not wanted and (given or file):
        console.print("[red]There is no line to speak.[/red]")
        raise typer.Exit(2)
    return wanted or list(BUILT_IN)


@app.command("demo")
def demo_command(
    line: Annotated[list[str] | None, typer.Option(help="An affirmation; repeat for more")] = None,
    file: Annotated[Path | None, typer.Option(help="A file with one affirmation a line")] = None,
    voice: Annotated[str, typer.Option(help="alloy, shimmer, onyx, nova, echo or fable")] = "nova",
    goal: Annotated[str | None, typer.Option(help="For example sleep, focus, anxiety")] = None,
    out: Annotated[Path, typer.Option(help="Where the files go")] = DEFAULT_OUT,
    url: Annotated[str | None, typer.Option(help="The gateway; default: the local stack")] = None,
) -> None:
    """Makes a track from your lines, makes it again, and with one line changed."""
    base_url = gateway_url(url)
    try:
        out.mkdir(parents=True, exist_ok=True)
        wish = Wish(_lines(line or [], file), voice, goal, out)
        broken = asyncio.run(demo(console, base_url, wish))
    except ValidationError as error:
        console.print(f"[red]These lines cannot be used:[/red] {escape(_first_complaint(error))}")
        raise typer.Exit(2) from None
    except (ClientError, OSError, UnicodeError, httpx.InvalidURL) as error:
        console.print(f"[red]The demo stopped:[/red] {escape(str(error) or type(error).__name__)}")
        raise typer.Exit(1) from None
    _farewell(base_url, out, broken)
    raise typer.Exit(1 if broken else 0)


def _first_complaint(error: ValidationError) -> str:
    row = error.errors(include_input=False)[0]
    place = ".".join(str(part) for part in row["loc"])
    return f"{place}: {row['msg']}"


def _farewell(base_url: str, out: Path, broken: list[str]) -> None:
    for promise in broken:
        console.print(f"[red]Did not hold:[/red] {promise}")
    console.print(f"Track, stems, bundle and report: [bold]{out}[/bold]")
    console.print(f"API docs: [bold]{base_url}/docs[/bold]")
    console.print('Next: .venv/bin/ab demo --line "I rest deeply" --voice onyx --goal sleep')


me_app.command("for-you")(for_you_command)
app.add_typer(me_app, name="me")
add_installed(app)

if __name__ == "__main__":
    app()
