"""The oracle: the whole ffmpeg of a wheel, which shares no code with what it judges."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray

Sound = NDArray[np.float32]

RATE = 48_000
TIMEOUT_SECONDS = 300
SHORTEST_VOICE_MS = 120


def run(*arguments: str) -> tuple[bytes, str]:
    """What it writes to standard output, and its log."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-nostats", "-y", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)
    return done.stdout, done.stderr.decode(errors="replace")


def loudness(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP after libebur128."""
    _, log = run("-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-")
    lufs, peak = re.findall(r"I: +(\S+) LUFS", log)[-1], re.findall(r"Peak: +(\S+) dBFS", log)[-1]
    return float(lufs), float(peak)


def decoded(path: Path, rate: int = RATE, channels: int = 2) -> Sound:
    """``(channels, n)`` samples, the edit list obeyed."""
    shape = ("-ar", str(rate), "-ac", str(channels))
    raw, _ = run("-i", str(path), *shape, "-f", "f32le", "pipe:1")
    return np.frombuffer(raw, np.float32).reshape(-1, channels).T


def voice(path: Path) -> list[tuple[float, float]]:
    """Stretches of voice in ms: what silencedetect leaves between silences of 200 ms."""
    _, log = run("-i", str(path), "-af", "silencedetect=n=-35dB:d=0.2", "-f", "null", "-")
    marks = re.findall(r"silence_(start|end): (-?[\d.]+)", log)
    edges = [1000 * float(at) for _, at in marks]
    if marks and marks[0][0] == "start":
        edges = edges[1:]  # it begins with silence
    if marks and marks[-1][0] == "end":
        edges = edges[:-1]  # silence_end at the end of the file begins no voice
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(start, end) for start, end in pairs if end - start >= SHORTEST_VOICE_MS]
