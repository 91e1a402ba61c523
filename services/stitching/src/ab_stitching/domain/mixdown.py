"""What an offline file is made of, and the facts known of a finished one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from ab_stitching.domain.activity import Voice
from ab_stitching.domain.errors import MixdownStopped
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE

BIT_RATE = 192_000
# As for the voice: half a dB below what is allowed, because the codec moves peaks.
CEILING_DB = -2.0
FADE_IN_MS = 2000
END_FADE_MS = 3000
SLEEP_FADE_MS = 60_000


class FileFormat(StrEnum):
    """What the file is encoded as, and how its name ends."""

    M4A = "m4a"
    MP3 = "mp3"


@dataclass(frozen=True, slots=True)
class Volumes:
    """How loud each layer is mixed, 0 to 1."""

    voice: float
    brain_layer: float
    background: float


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness of each layer by itself, in LUFS."""

    voice: float
    brain_layer: float
    background: float


@dataclass(frozen=True, slots=True)
class MixdownPlan:
    """One file to be made; ``segments`` is where the voice speaks in its loop."""

    title: str
    minutes: int
    format: FileFormat
    fade_out: bool
    volumes: Volumes
    loudness: Loudness
    segments: tuple[Voice, ...]

    @property
    def length(self) -> int:
        """Samples of the whole file, exactly."""
        return self.minutes * 60 * SAMPLE_RATE

    @property
    def end_fade_ms(self) -> int:
        """How long the end takes: a breath, or a minute for whoever falls asleep."""
        return SLEEP_FADE_MS if self.fade_out else END_FADE_MS


class Loop(Protocol):
    """Sound that goes round: after its last sample comes its first."""

    @property
    def length(self) -> int:
        """Samples of one round."""
        ...

    def read(self, at: int, count: int) -> Pcm:
        """``(1, count)`` or ``(2, count)`` samples from ``at`` on, going round where it ends.

        What it returns may be written to, and holds until the next call.
        """
        ...

    def peak(self, at: int, count: int) -> float:
        """An amplitude that no true peak in this stretch exceeds."""
        ...


@dataclass(frozen=True, slots=True)
class Loops:
    """The three layers."""

    voice: Loop
    brain_layer: Loop
    background: Loop


class MixdownWatch:
    """What the thread that mixes and whoever follows it have in common."""

    def __init__(self) -> None:
        self.progress = 0.0
        self._stopped = False

    def note(self, progress: float) -> None:
        """Told after each block; raises MixdownStopped once ``stop`` was called."""
        self.progress = progress
        if self._stopped:
            raise MixdownStopped("Nobody waits for this mixdown")

    def stop(self) -> None:
        """Lets the work end at its next block."""
        self._stopped = True


@dataclass(frozen=True, slots=True)
class RenderedMixdown:
    """A finished file and the facts to store beside it."""

    path: Path
    size: int
    sha256: str
    duration_ms: int
    lufs: float
    true_peak_db: float
