"""A file as a picture: waveform with the segments of speech above, loudness over time below."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ab_stitching.domain.inspection import Inspection
from ab_stitching.domain.profile import VOICE

_WIDEST = 2000
_INK, _SPEECH, _TARGET = "#31477a", "#f2c14e", "#b3423a"


def draw(heard: Inspection, title: str, destination: Path) -> None:
    """Writes a PNG of 1600 by 800 pixels.

    Raises:
        OSError: it cannot be written.
    """
    figure = Figure(figsize=(16, 8), dpi=100, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    figure.suptitle(title)
    _waveform(above, heard)
    _loudness(below, heard)
    figure.savefig(destination, format="png")


def _waveform(axes: Axes, heard: Inspection) -> None:
    for voice in heard.segments:
        axes.axvspan(voice.start_ms / 1000, voice.end_ms / 1000, color=_SPEECH, alpha=0.4, lw=0)
    step = max(1, len(heard.envelope) // _WIDEST)
    edges = np.arange(0, len(heard.envelope), step)
    peaks = np.maximum.reduceat(heard.envelope, edges)
    axes.fill_between(edges / 1000, -peaks, peaks, color=_INK, lw=0, step="post")
    axes.set(ylabel="amplitude", ylim=(-1, 1))
    axes.set_title(f"{len(heard.segments)} stretches of speech", loc="right", fontsize=9)


def _loudness(axes: Axes, heard: Inspection) -> None:
    seconds = np.arange(len(heard.momentary)) / 10 + 0.4
    axes.plot(seconds, heard.momentary, color=_INK, lw=1, label="momentary (400 ms)")
    axes.axhline(heard.lufs, color=_INK, ls="--", lw=1, label=f"integrated {heard.lufs:.2f} LUFS")
    axes.axhline(VOICE.target_lufs, color=_TARGET, ls=":", lw=1, label="standard of a track")
    axes.set(xlabel="seconds", ylabel="LUFS", ylim=(-70, 0), xlim=(0, heard.seconds))
    axes.legend(loc="lower right", fontsize=9)
