"""What a person wants to know of a finished file: measured in pieces, whatever its length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.activity import Voice, peaks_per_ms, stretches
from ab_stitching.domain.loudness import BIN, bin_energies, integrated_loudness, momentary_loudness
from ab_stitching.domain.pcm import Energies, Pcm, decibels
from ab_stitching.domain.peaks import true_peak
from ab_stitching.domain.profile import SAMPLE_RATE, VOICE

PIECE = 30 * SAMPLE_RATE
# The K-weighting rings for 150 ms: so much of what went before goes in front of each piece.
_CONTEXT = SAMPLE_RATE // 4


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """Measures of a whole file.

    ``momentary`` holds the loudness of the last 400 ms in LUFS, ten times a second;
    ``envelope`` the peak of each millisecond.
    """

    samples: int
    planes: int
    planes_equal: bool
    lufs: float
    true_peak_db: float
    momentary: npt.NDArray[np.float64]
    envelope: Pcm
    segments: tuple[Voice, ...]

    @property
    def seconds(self) -> float:
        """Length of the file."""
        return self.samples / SAMPLE_RATE


def inspect(pieces: Iterable[Pcm]) -> Inspection:
    """Measures a file.

    Args:
        pieces: ``(planes, n)`` samples at 48 kHz in playing order, of any length.

    Raises:
        ValueError: there is not one sample.
    """
    energies: list[Energies] = []
    envelopes: list[Pcm] = []
    peak, samples, equal, planes = 0.0, 0, True, 0
    before = np.zeros((1, _CONTEXT), np.float32)
    for piece in _whole(pieces):
        planes = len(piece)
        joined = np.concatenate((np.broadcast_to(before, (planes, before.shape[1])), piece), axis=1)
        energies.append(sum((_energies(plane) for plane in joined), np.zeros(1)))
        envelopes.append(peaks_per_ms(np.abs(piece).max(axis=0)))
        peak = max(peak, *(true_peak(plane) for plane in joined))
        equal = equal and bool(np.all(piece[0] == piece[-1]))
        samples += piece.shape[1]
        before = joined[:, -_CONTEXT:]
    if not samples:
        raise ValueError("The file holds no sound.")
    bins, envelope = np.concatenate(energies), np.concatenate(envelopes)
    return Inspection(
        samples=samples,
        planes=planes,
        planes_equal=equal,
        lufs=integrated_loudness(bins, planes=1),
        true_peak_db=decibels(peak),
        momentary=momentary_loudness(bins),
        envelope=envelope,
        segments=stretches(envelope, VOICE),
    )


def _energies(plane: Pcm) -> Energies:
    """10 ms bins of what follows the context."""
    count = -(-(len(plane) - _CONTEXT) // BIN)
    return bin_energies(plane)[_CONTEXT // BIN :][:count]


def _whole(pieces: Iterable[Pcm]) -> Iterator[Pcm]:
    """The same samples in pieces of ``PIECE``; the last one is as long as it is."""
    waiting: list[Pcm] = []
    held = 0
    for piece in pieces:
        waiting.append(piece)
        held += piece.shape[1]
        while held >= PIECE:
            joined = np.concatenate(waiting, axis=1)
            yield joined[:, :PIECE]
            waiting, held = [joined[:, PIECE:]], held - PIECE
    if held:
        yield np.concatenate(waiting, axis=1)
