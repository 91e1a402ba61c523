"""What a player shows of an offline file: title, artist and a cover drawn here."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

ARTIST = "Affirmation Beats"
COVER_SIZE = 320
_DUSK, _NIGHT, _MOON = (58, 44, 92), (14, 18, 40), (244, 226, 190)
_RINGS = 5


@cache
def cover() -> bytes:
    """A moon and rings of sound at night: the same PNG (RFC 2083) each time."""
    return _png(_picture(COVER_SIZE))


@dataclass(frozen=True, slots=True)
class Tags:
    """Written into the file itself; ``cover`` is a PNG."""

    title: str
    artist: str = ARTIST
    cover: bytes = field(default_factory=cover, repr=False)


def _picture(size: int) -> npt.NDArray[np.uint8]:
    """``(size, size, 3)``: dusk to night, rings of sound round a moon."""
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size
    down, across = axis[:, None], axis[None, :]
    distance = np.hypot(across - 0.5, down - 0.42)
    night = np.clip(down * 1.1, 0.0, 1.0)[..., None]
    dusk, dark, moonlight = (np.array(c, np.float32) for c in (_DUSK, _NIGHT, _MOON))
    sky = dusk * (1 - night) + dark * night
    rings = np.zeros((size, size), np.float32)
    for number in range(1, _RINGS + 1):
        # Each ring fainter than the one inside it, a few pixels soft.
        rings += np.exp(-(((distance - 0.09 * number - 0.1) / 0.006) ** 2)) / (1.5 * number)
    moon = np.clip((0.12 - distance) * size / 2, 0.0, 1.0)
    light = np.clip(0.35 * rings + moon, 0.0, 1.0)[..., None]
    return np.rint(sky * (1 - light) + moonlight * light).astype(np.uint8)


def _png(picture: npt.NDArray[np.uint8]) -> bytes:
    height, width, _ = picture.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    # Filter type 2 (up): smooth pictures leave little behind.
    above = np.vstack((np.zeros_like(picture[:1]), picture[:-1]))
    lines = (picture - above).reshape(height, -1)
    rows = np.hstack((np.full((height, 1), 2, np.uint8), lines))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
