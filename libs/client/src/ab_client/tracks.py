"""Making one track from beginning to end, and keeping what came of it."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ab_shared.contracts.http import AudioReportOut, DraftSession, JobOut, PlaybackBundleVM

from ab_client.api import ApiClient
from ab_client.downloads import Download, fetch_all
from ab_client.errors import DownloadFailed
from ab_client.jobs import Watcher, wait_for


@dataclass(frozen=True, slots=True)
class TrackReport:
    """What one run made and what it took; times in seconds of wall clock."""

    session_id: str
    lines: int
    duration_s: float
    loudness_lufs: float
    true_peak_dbtp: float
    reads_rendered: int
    reads_reused: int
    seconds_per_stage: dict[str, float]
    create_to_ready_s: float
    bytes: int
    sha256: str


async def make_track(
    client: ApiClient, draft: DraftSession, folder: Path, watch: Watcher
) -> TrackReport:
    """Creates a session, waits for its audio, downloads track and stems, writes the files.

    ``folder`` gets ``track.m4a``, ``bundle.json``, ``report.json`` and ``stems/``.

    Raises:
        JobFailed: with the job's reason.
        DownloadFailed: also when the track's SHA-256 is not the reported one.
    """
    started = time.perf_counter()
    created = await client.create_session(draft)
    job = await wait_for(client, created.audio_job_id, watch)
    ready_after = time.perf_counter() - started
    bundle = await client.bundle(created.id)
    measured = await client.audio_report(created.id)
    await _download(bundle, measured, folder)
    report = _report(draft, job, measured, ready_after)
    (folder / "bundle.json").write_text(bundle.model_dump_json(by_alias=True, indent=2) + "\n")
    (folder / "report.json").write_text(json.dumps(asdict(report), indent=2) + "\n")
    return report


def _stem_urls(bundle: PlaybackBundleVM) -> list[str]:
    brain = bundle.binaural or bundle.solfeggio
    layers = [bundle.background, *([brain] if brain else [])]
    return [layer.url_by_platform.ios for layer in layers]


async def _download(bundle: PlaybackBundleVM, measured: AudioReportOut, folder: Path) -> None:
    stems = folder / "stems"
    stems.mkdir(parents=True, exist_ok=True)
    track = folder / "track.m4a"
    names = {url: unquote(urlsplit(url).path.rsplit("/", 1)[-1]) for url in _stem_urls(bundle)}
    wanted = [Download(url, stems / name) for url, name in names.items()]
    await fetch_all([Download(bundle.affirmations_merged_url, track), *wanted])
    if sha256(track.read_bytes()).hexdigest() != measured.sha256:
        raise DownloadFailed("track.m4a is not the file that was measured")


def _report(
    draft: DraftSession, job: JobOut, measured: AudioReportOut, ready_after: float
) -> TrackReport:
    rendered = job.counts.get("prepared", 0)
    return TrackReport(
        session_id=str(measured.session_id),
        lines=len(draft.affirmations),
        duration_s=measured.duration_ms / 1000,
        loudness_lufs=measured.loudness_lufs,
        true_peak_dbtp=measured.true_peak_dbtp,
        reads_rendered=rendered,
        reads_reused=job.counts.get("reads", 0) - rendered,
        seconds_per_stage={stage: ms / 1000 for stage, ms in job.stage_ms.items()},
        create_to_ready_s=round(ready_after, 3),
        bytes=measured.bytes,
        sha256=measured.sha256,
    )
