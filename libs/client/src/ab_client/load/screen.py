"""The load as a person watches it: a live table, or a line now and then without a screen."""

from __future__ import annotations

import asyncio

from rich.console import Console
from rich.live import Live
from rich.table import Table

from ab_client.load.figures import Record
from ab_client.load.report import per_second, percentiles
from ab_client.load.running import Run

REFRESH_SECONDS, LINE_SECONDS = 0.5, 5.0
# Sorting more than this twice a second would itself be load.
LATEST = 5_000


def table(run: Run) -> Table:
    """Everything at a glance: requests by name, then what went wrong and what was made."""
    record, plan = run.record, run.plan
    found = Table(title=headline(run), caption=footline(record, run.seconds))
    for heading in ("request", "answered", "p50 ms", "p95 ms", "p99 ms", "max ms"):
        found.add_column(heading, justify="left" if heading == "request" else "right")
    for name, values in sorted(record.seconds.items()):
        figures = percentiles(values[-LATEST:]).values()
        found.add_row(name, f"{len(values):,}", *(f"{figure:,.0f}" for figure in figures))
    found.add_section()
    figures = percentiles(record.everything[-LATEST:]).values()
    found.add_row("all", f"{record.answered:,}", *(f"{figure:,.0f}" for figure in figures))
    if plan.ramp > run.seconds:
        found.title = f"{found.title} (growing)"
    return found


def headline(run: Run) -> str:
    """Rates asked and achieved, and what is under way."""
    rates, plan = per_second(run.record, run.seconds), run.plan
    return (
        f"{run.seconds:.0f} of {plan.seconds:.0f} s: {plan.rate:g} visits/s asked,"
        f" {rates['visits_per_s']:g} come, {rates['requests_per_s']:g} requests/s answered,"
        f" {run.record.in_flight} in flight"
    )


def footline(record: Record, seconds: float) -> str:
    """Errors by code, and tracks."""
    wrong = ", ".join(f"{code}: {count}" for code, count in record.errors.most_common()) or "none"
    told = ", ".join(f"{status}: {n}" for status, n in sorted(record.throttled.items()))
    minute = len(record.ready) * 60 / seconds if seconds else 0.0
    ready = percentiles(record.ready, 1.0)
    took = f", p95 {ready['p95']:g} s to ready" if ready else ""
    return (
        f"errors {wrong}{f'; throttled {told}' if told else ''}\n"
        f"tracks: {len(record.ready)} ready ({minute:.0f} a minute{took}),"
        f" {record.jobs_open} open, {record.jobs_failed} failed"
    )


async def watch(run: Run, screen: Console) -> None:
    """Shows the run until it is cancelled."""
    if not screen.is_terminal:
        while True:
            await asyncio.sleep(LINE_SECONDS)
            screen.print(f"{headline(run)}; {footline(run.record, run.seconds)}")
    with Live(table(run), console=screen, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            live.update(table(run), refresh=True)
