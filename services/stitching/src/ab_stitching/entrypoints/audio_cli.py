"""``ab audio``: looks at finished files; needs the ``inspect`` extra, no stack."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Annotated

import typer
from ab_shared.errors import AudioRejected
from rich.console import Console
from rich.table import Table

from ab_stitching.adapters.sound_file import Container, describe, hear
from ab_stitching.domain.inspection import Inspection, inspect

app = typer.Typer(no_args_is_help=True, help="Sound files: measure them and look at them.")
console = Console()

Facts = dict[str, float | int | str | bool | None]


@app.callback()
def main() -> None:
    """Sound files."""


@app.command("inspect")
def inspect_command(
    file: Annotated[Path, typer.Argument(help="Any audio file: a track, a stem, a mixdown")],
    out: Annotated[Path | None, typer.Option(help="The picture; default: FILE.png")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Measures a file and draws its waveform, its speech and its loudness."""
    target = out or file.with_suffix(file.suffix + ".png")
    try:
        container = describe(file)
        heard = inspect(hear(file))
        _draw(heard, f"{file.name}: {heard.lufs:.2f} LUFS, {heard.true_peak_db:.2f} dBTP", target)
    except (AudioRejected, OSError, ValueError) as error:
        console.print(f"[red]{file}:[/red] {error}")
        raise typer.Exit(1) from None
    facts = _facts(container, heard)
    if as_json:
        typer.echo(json.dumps(facts | {"segments": _segments(heard), "picture": str(target)}))
        return
    console.print(_table(file, facts))
    console.print(f"Picture: [bold]{target}[/bold]")


def _draw(heard: Inspection, title: str, target: Path) -> None:
    # Imported when needed: it takes a second, and `ab` has other commands.
    importlib.import_module("ab_stitching.adapters.sound_picture").draw(heard, title, target)


def _facts(container: Container, heard: Inspection) -> Facts:
    return {
        "container": container.format,
        "codec": container.codec,
        "sampleRate": container.sample_rate,
        "channels": container.channels,
        "bitRate": container.bit_rate,
        "title": container.tags.get("title"),
        "seconds": round(heard.seconds, 3),
        "samples": heard.samples,
        "leftEqualsRight": heard.planes_equal,
        "loudnessLUFS": round(heard.lufs, 2),
        "truePeakDBTP": round(heard.true_peak_db, 2),
        "speechSegments": len(heard.segments),
    }


def _segments(heard: Inspection) -> list[dict[str, int]]:
    return [{"startMs": one.start_ms, "endMs": one.end_ms} for one in heard.segments]


def _table(file: Path, facts: Facts) -> Table:
    table = Table(title=str(file), show_header=False)
    for name, value in facts.items():
        if value is not None:
            table.add_row(name, str(value))
    return table
