"""Loudness after ITU-R BS.1770-4, kept as 10 ms bins so that merging is arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Energies, Pcm
from ab_stitching.domain.profile import SAMPLE_RATE

BIN = SAMPLE_RATE // 100
SILENCE_LUFS = -70.0

# The K-weighting as a convolution of spectra: numpy has no recursive filter.
_FFT = 1 << 16
# The high-pass falls below -120 dB in 150 ms; 250 ms of tail loses nothing that counts.
_TAIL = SAMPLE_RATE // 4
_STEP = _FFT - _TAIL
# 400 ms, the gating block of the standard.
_BLOCK_BINS = 40
_BLOCK_SAMPLES = _BLOCK_BINS * BIN
# BS.1770-4: what makes a 997 Hz sine at full scale in one channel -3.01 LUFS.
_OFFSET = -0.691

# BS.1770-4, tables 1 and 2: the two stages of the K-weighting at 48 kHz.
_SHELF = (
    [1.53512485958697, -2.69169618940638, 1.19839281085285],
    [1.0, -1.69065929318241, 0.73248077421585],
)
_HIGH_PASS = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])


def bin_energies(pcm: Pcm) -> Energies:
    """K-weighted energy of one plane in 10 ms bins.

    Args:
        pcm: ``(n,)`` samples at 48 kHz.

    Returns:
        ``ceil(n / 480) + 40`` sums of squares: the last 400 ms hold the filter's tail.
    """
    bins = -(-len(pcm) // BIN) + _BLOCK_BINS
    weighted = np.zeros(bins * BIN, np.float32)
    for start in range(0, len(pcm), _STEP):
        spectrum = np.fft.rfft(pcm[start : start + _STEP], _FFT) * _k_weighting()
        piece = np.fft.irfft(spectrum, _FFT)[: len(weighted) - start]
        weighted[start : start + len(piece)] += piece
    np.square(weighted, out=weighted)
    energies: Energies = weighted.reshape(bins, BIN).sum(axis=1, dtype=np.float64)
    return energies


def integrated_loudness(bins: Energies, *, planes: int = 2, hop_bins: int = 10) -> float:
    """Gated loudness in LUFS (BS.1770-4 §5: -70 LUFS absolute, -10 LU relative).

    Args:
        bins: energy of one plane, or the sum over both with ``planes=1``.
        planes: how many equal planes carry this energy.
        hop_bins: 10 is the standard's 75 % overlap; 1 averages over every alignment,
            which is what a read has that may land anywhere in a track.

    Returns:
        The loudness, or -70 where nothing passes the absolute gate.
    """
    total = np.concatenate(([0.0], np.cumsum(bins)))
    first = np.arange(0, len(bins) - _BLOCK_BINS + 1, hop_bins)
    power = planes * (total[first + _BLOCK_BINS] - total[first]) / _BLOCK_SAMPLES
    loud = power[power > _power_of(SILENCE_LUFS)]
    if not len(loud):
        return SILENCE_LUFS
    loud = loud[loud > loud.mean() / 10.0]
    return float(_OFFSET + 10.0 * np.log10(loud.mean()))


def momentary_loudness(bins: Energies) -> Energies:
    """Loudness of 400 ms, ten times a second (EBU Tech 3341), -70 LUFS where there is less.

    Args:
        bins: energy summed over the planes.
    """
    total = np.concatenate(([0.0], np.cumsum(bins)))
    first = np.arange(0, len(bins) - _BLOCK_BINS + 1, 10)
    power = (total[first + _BLOCK_BINS] - total[first]) / _BLOCK_SAMPLES
    loudness: Energies = _OFFSET + 10.0 * np.log10(np.maximum(power, _power_of(SILENCE_LUFS)))
    return loudness


def read_loudness(bins: Energies) -> float:
    """Loudness in LUFS of a read heard between silences, whatever its alignment."""
    margin = np.zeros(_BLOCK_BINS)
    return integrated_loudness(np.concatenate((margin, bins, margin)), hop_bins=1)


def compose(parts: Iterable[tuple[int, npt.NDArray[np.floating]]], length: int) -> Energies:
    """Bins of a whole track from those of its reads.

    Args:
        parts: start in samples and bins of each read.
        length: samples in the track.

    Returns:
        Energy per 10 ms of the track; a start between two bins shares out between them.
    """
    track = np.zeros(length // BIN + 2 * _BLOCK_BINS)
    for start, bins in parts:
        first, rest = divmod(start, BIN)
        late = rest / BIN
        end = min(first + len(bins), len(track) - 1)
        energy = bins[: end - first]
        track[first:end] += energy * (1.0 - late)
        track[first + 1 : end + 1] += energy * late
    return track


def _power_of(lufs: float) -> float:
    return float(10.0 ** ((lufs - _OFFSET) / 10.0))


@cache
def _k_weighting() -> npt.NDArray[np.complex64]:
    angle = np.exp(-2j * np.pi * np.arange(_FFT // 2 + 1) / _FFT)
    powers = np.vander(angle, 3, increasing=True)
    response = np.ones(len(angle), np.complex128)
    for numerator, denominator in (_SHELF, _HIGH_PASS):
        response *= (powers @ np.array(numerator)) / (powers @ np.array(denominator))
    return response.astype(np.complex64)
