"""What the command line shows: progress, tables, the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ab_shared.contracts.http import UNLIMITED, EntitlementV3, JobOut
from ab_shared.contracts.jobs import STAGE_SPAN
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from ab_client.jobs import Watcher
from ab_client.tracks import TrackReport

TITLES = {"speaking": "Speaking", "preparing": "Preparing", "merging": "Merging"}


@contextmanager
def progress_of(console: Console, title: str) -> Iterator[Watcher]:
    """One bar for each stage of a job; yields what must be shown every state of it."""
    console.print(f"[bold]{title}[/bold]")
    columns = (TextColumn("  {task.description:<10}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bars = {stage: progress.add_task(name, total=1.0) for stage, name in TITLES.items()}
        yield lambda job: _show(progress, bars, job)


def _show(progress: Progress, bars: dict[str, TaskID], job: JobOut) -> None:
    for stage, (begin, end) in STAGE_SPAN.items():
        done = min(max((job.progress - begin) / (end - begin), 0.0), 1.0)
        progress.update(bars[stage], completed=done)


def show_entitlement(console: Console, entitlement: EntitlementV3) -> None:
    """The caller's plan in one line."""
    daily = entitlement.limits.daily_generations
    allowed = "unlimited" if daily == UNLIMITED else f"{daily:,} a day"
    left = entitlement.remaining_free_generations_today
    remaining = "unlimited" if left == UNLIMITED else f"{left:,} left today"
    console.print(f"Plan [bold]{entitlement.plan}[/bold]: generations {allowed}, {remaining}")


def show_reports(console: Console, reports: dict[str, TrackReport]) -> None:
    """The runs side by side."""
    table = Table(title="Three tracks")
    table.add_column("")
    for name in reports:
        table.add_column(name, justify="right")
    for label, values in _rows(list(reports.values())):
        table.add_row(label, *values)
    console.print(table)


def _rows(reports: list[TrackReport]) -> Iterator[tuple[str, list[str]]]:
    yield "duration, s", [f"{report.duration_s:.2f}" for report in reports]
    yield "loudness, LUFS", [f"{report.loudness_lufs:.2f}" for report in reports]
    yield "true peak, dBTP", [f"{report.true_peak_dbtp:.2f}" for report in reports]
    yield "reads rendered", [str(report.reads_rendered) for report in reports]
    yield "reads reused", [str(report.reads_reused) for report in reports]
    for stage, title in TITLES.items():
        spent = [report.seconds_per_stage.get(stage, 0.0) for report in reports]
        yield f"{title.lower()}, s", [f"{seconds:.2f}" for seconds in spent]
    yield "create to ready, s", [f"{report.create_to_ready_s:.2f}" for report in reports]
