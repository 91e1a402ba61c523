"""The main job, end to end: lines in, a track out; again; and with one line changed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from ab_shared.contracts.http import DraftSession
from rich.console import Console

from ab_client.api import ApiClient
from ab_client.lines import with_one_changed
from ab_client.tracks import TrackReport, make_track
from ab_client.view import progress_of, show_entitlement, show_reports

READS_PER_LINE = 2
TARGET_LUFS = -20.0
TOLERANCE_LU = 0.3
HIGHEST_PEAK_DBTP = -1.5


@dataclass(frozen=True, slots=True)
class Wish:
    """What the demo is to make."""

    lines: list[str]
    voice: str
    goal: str | None
    out: Path


async def demo(console: Console, base_url: str, wish: Wish) -> list[str]:
    """Runs the demo; returns what did not hold (nothing when all did).

    Raises:
        ValidationError: for lines that the API would not take, before anything is sent.
    """
    runs = _runs(wish)
    async with ApiClient(base_url) as client:
        await client.health()
        email = f"demo-{secrets.token_hex(6)}@example.com"
        await client.register(email, secrets.token_urlsafe(18))
        console.print(f"Registered [bold]{email}[/bold] at the built-in issuer")
        show_entitlement(console, await client.entitlement())
        reports: dict[str, TrackReport] = {}
        for name, (title, draft, folder) in runs.items():
            with progress_of(console, title) as watch:
                reports[name] = await make_track(client, draft, folder, watch)
    show_reports(console, reports)
    return shortfalls(reports["new"], reports["same lines"], reports["one changed"])


def _runs(wish: Wish) -> dict[str, tuple[str, DraftSession, Path]]:
    edited = with_one_changed(wish.lines)
    runs = {
        "new": ("Making your track", wish.lines, wish.out),
        "same lines": ("The same lines again", wish.lines, wish.out / "again"),
        "one changed": ("One line changed", edited, wish.out / "edited"),
    }
    return {
        name: (title, _draft(name, lines, wish), folder)
        for name, (title, lines, folder) in runs.items()
    }


def _draft(name: str, lines: list[str], wish: Wish) -> DraftSession:
    return DraftSession(
        title=f"Demo, {name}", goal_tag=wish.goal, affirmations=lines, voice_id=wish.voice
    )


def shortfalls(new: TrackReport, same: TrackReport, changed: TrackReport) -> list[str]:
    """What the three runs promised and did not keep, in words."""
    promises = {
        "the same lines again render no read": same.reads_rendered == 0,
        "one changed line renders two reads": changed.reads_rendered == READS_PER_LINE,
        "the same lines are the same track": same.sha256 == new.sha256,
        "loudness is on target": all(
            round(abs(report.loudness_lufs - TARGET_LUFS), 6) <= TOLERANCE_LU
            for report in (new, same, changed)
        ),
        "true peak is under its limit": all(
            report.true_peak_dbtp <= HIGHEST_PEAK_DBTP for report in (new, same, changed)
        ),
    }
    return [promise for promise, kept in promises.items() if not kept]
