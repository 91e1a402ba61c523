"""Pictures of a bed: its spectrogram above its loudness, as a small PNG without a library."""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE
from ab_stitching.domain.stems.character import loudness_over_time

Pixels = npt.NDArray[np.uint8]

WIDTH = 640
_SPECTRUM_ROWS = 200
_LOUDNESS_ROWS = 100
_WINDOW = 8192
_LOWEST_HZ = 40.0
_HIGHEST_HZ = 16_000.0
_RANGE_DB = 60.0
_SHADES = 24
_SCALE_LU = (-15.0, 12.0)
_GRID_HZ = (100.0, 1000.0, 10_000.0)
_GRID_LU = (-10, -5, 0, 5, 10)
# Colours beyond the shades of the spectrogram.
_PAPER, _GRID, _SHORT, _MOMENTARY = range(_SHADES, _SHADES + 4)
_EXTRA = ((250, 250, 250), (205, 205, 210), (20, 60, 160), (170, 195, 235))
# Dark to light, evenly brighter: level reads as brightness.
_ANCHORS = (
    (10, 8, 30),
    (70, 20, 100),
    (160, 45, 95),
    (225, 95, 50),
    (250, 180, 60),
    (252, 250, 190),
)


def draw_bed(pcm: Pcm, target_lufs: float) -> bytes:
    """A PNG of ``(n,)`` or ``(2, n)`` samples, 640 x 302.

    Above: the spectrogram, 40 Hz to 16 kHz, 60 dB deep, lines at 100 Hz, 1 and 10 kHz.
    Below: short-term (dark) and momentary loudness (light) against the target, a line
    every 5 LU from -10 to +10.
    """
    ears = np.atleast_2d(pcm)
    gap = np.full((2, WIDTH), _PAPER, np.uint8)
    return _png(np.concatenate((_spectrogram(ears), gap, _loudness(pcm, target_lufs))))


def _spectrogram(ears: Pcm) -> Pixels:
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, _SPECTRUM_ROWS + 1) * _WINDOW / SAMPLE_RATE
    # Low rows are narrower than a bin: they are read between the bins.
    middles = np.sqrt(edges[:-1] * edges[1:])
    window = np.hanning(_WINDOW).astype(np.float32)
    step = ears.shape[1] // WIDTH
    columns = np.empty((_SPECTRUM_ROWS, WIDTH))
    for column in range(WIDTH):
        starts = np.arange(column * step, (column + 1) * step, _WINDOW // 2)
        pieces = [ears[:, at : at + _WINDOW] for at in starts if at + _WINDOW <= ears.shape[1]]
        pieces = pieces or [ears[:, -_WINDOW:]]
        power = np.square(np.abs(np.fft.rfft(np.stack(pieces) * window))).mean(axis=(0, 1))
        summed = np.concatenate(([0.0], np.cumsum(power)))
        wide = np.interp(edges[1:], np.arange(len(summed)), summed) - np.interp(
            edges[:-1], np.arange(len(summed)), summed
        )
        narrow = np.interp(middles, np.arange(len(power)), power)
        columns[:, column] = np.where(np.diff(edges) < 1, narrow, wide / np.diff(edges))
    # Each octave weighs the same to the eye: pink noise is an even field.
    levels = 10 * np.log10(columns * middles[:, None] + 1e-20)
    height = (levels - levels.max() + _RANGE_DB) / _RANGE_DB
    shades = (height.clip(0, 1) * (_SHADES - 1)).round().astype(np.uint8)
    for hz in _GRID_HZ:
        row = int(np.searchsorted(edges, hz * _WINDOW / SAMPLE_RATE))
        shades[row, ::6] = _GRID
    upright: Pixels = shades[::-1]
    return upright


def _loudness(pcm: Pcm, target_lufs: float) -> Pixels:
    field = np.full((_LOUDNESS_ROWS, WIDTH), _PAPER, np.uint8)
    for level in _GRID_LU:
        field[_row(np.array([level]))[0]] = _GRID
    for short_term, colour in ((False, _MOMENTARY), (True, _SHORT)):
        levels = loudness_over_time(pcm, short_term=short_term) - target_lufs
        edges = np.linspace(0, len(levels), WIDTH + 1).astype(int)
        for column, (start, stop) in enumerate(pairwise(edges)):
            top, bottom = _row(np.array([levels[start:stop].max(), levels[start:stop].min()]))
            field[top : bottom + 1, column] = colour
    return field


def _row(levels: npt.NDArray[np.floating]) -> npt.NDArray[np.intp]:
    low, high = _SCALE_LU
    share = ((high - levels) / (high - low)).clip(0, 1)
    return (share * (_LOUDNESS_ROWS - 1)).round().astype(np.intp)


def _png(pixels: Pixels) -> bytes:
    """An indexed image after the PNG specification (ISO/IEC 15948)."""
    height, width = pixels.shape
    at = np.linspace(0, len(_ANCHORS) - 1, _SHADES)
    channels = np.array(_ANCHORS).T
    shades = [np.interp(at, np.arange(len(_ANCHORS)), channel) for channel in channels]
    palette = np.concatenate((np.array(shades).T, np.array(_EXTRA))).astype(np.uint8)
    # Each row says first that it is not filtered.
    rows = np.concatenate((np.zeros((height, 1), np.uint8), pixels), axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", head),
            (b"PLTE", palette.tobytes()),
            (b"IDAT", zlib.compress(rows.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
