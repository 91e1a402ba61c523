"""The system before this one: nine ffmpeg processes, intermediate WAV files, one track."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from performance.audio_inputs import GAPS_MS, ffmpeg, silence

PCM = ("-ar", "48000", "-ac", "2", "-c:a", "pcm_s24le")
TARGET = "loudnorm=I=-20:TP=-1.5:LRA=7"
PADDING_S = {"before": 0.5, "after": 0.75}
# Its tenth process, ffprobe for the duration, is in no wheel: the old way is spared it here.


def stitch(reads: Sequence[Path], folder: Path, target: Path) -> str:
    """Joins, measures, levels, pads, encodes, measures again, finds the voice; the SHA-256."""
    joined, levelled, padded = (folder / f"{name}.wav" for name in ("joined", "levelled", "padded"))
    _concat(_with_gaps(reads), folder / "joined.txt", joined)
    _level(joined, levelled, _loudness(joined, f"{TARGET}:print_format=json"))
    before, after = (_padding(folder / f"{name}.wav", s) for name, s in PADDING_S.items())
    _concat([before, levelled, after], folder / "padded.txt", padded)
    aac = ("-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-ac", "2", "-movflags", "+faststart")
    ffmpeg("-i", str(padded), *aac, str(target))
    _loudness(target, "loudnorm=I=-16:TP=-1.5:LRA=11:print_format=json")
    ffmpeg("-i", str(target), "-af", "silencedetect=noise=-35dB:d=0.2", "-f", "null", "-")
    return hashlib.sha256(target.read_bytes()).hexdigest()


def _with_gaps(reads: Sequence[Path]) -> list[Path]:
    gaps = [silence(gap) for gap in GAPS_MS]
    return [path for place, read in enumerate(reads) for path in (read, gaps[place % 2])]


def _concat(files: Sequence[Path], listing: Path, target: Path) -> None:
    listing.write_text("".join(f"file '{file.resolve()}'\n" for file in files))
    ffmpeg("-f", "concat", "-safe", "0", "-i", str(listing), *PCM, str(target))


def _loudness(source: Path, measure: str) -> dict[str, Any]:
    log = ffmpeg("-i", str(source), "-af", measure, "-f", "null", "-")
    found = re.search(r"\{[\s\S]*\}", log)
    measured: dict[str, Any] = json.loads(found[0]) if found else {}
    return measured


def _level(source: Path, target: Path, measured: dict[str, Any]) -> None:
    given = ":".join(
        f"measured_{name}={measured[f'input_{key}']}"
        for name, key in (("I", "i"), ("TP", "tp"), ("LRA", "lra"), ("thresh", "thresh"))
    )
    linear = f"{TARGET}:{given}:offset={measured['target_offset']}:linear=true:print_format=json"
    ffmpeg("-i", str(source), "-af", linear, *PCM, str(target))


def _padding(target: Path, seconds: float) -> Path:
    source = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-t", str(seconds))
    ffmpeg(*source, *PCM, "-af", "volume=-60dB", str(target))
    return target
