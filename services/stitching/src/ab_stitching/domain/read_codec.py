"""The stored form of a prepared read: compact, versioned, and checked when it is loaded.

Little-endian: a fixed header, the profile version and stream configuration, segments as
pairs of u32, bins as f32, the outline as u8, packet sizes as u16, the packets, and a
BLAKE2b-128 of it all.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt
from ab_shared.contracts.audio_profile import PROFILE_VERSION

from ab_stitching.domain.activity import Voice
from ab_stitching.domain.errors import PreparedReadDamaged, PreparedReadStale
from ab_stitching.domain.read import PreparedRead

MAGIC = b"ABPR"
LAYOUT = 2

_HEADER = struct.Struct("<4sHHHIIIIIIffff")
_DIGEST = 16


def dump_read(read: PreparedRead) -> bytes:
    """The bytes to store: 20-60 KB for a usual read."""
    version = read.profile_version.encode()
    header = _HEADER.pack(
        MAGIC,
        LAYOUT,
        len(version),
        len(read.stream_config),
        read.sample_count,
        len(read.segments),
        len(read.bins),
        len(read.outline),
        len(read.packets),
        read.trimmed,
        read.lufs,
        read.true_peak_db,
        read.gain_db,
        read.source_lufs,
    )
    edges = [edge for voice in read.segments for edge in (voice.start_ms, voice.end_ms)]
    body = b"".join(
        (
            header,
            version,
            read.stream_config,
            np.array(edges, "<u4").tobytes(),
            read.bins.astype("<f4").tobytes(),
            read.outline.tobytes(),
            np.array([len(packet) for packet in read.packets], "<u2").tobytes(),
            *read.packets,
        )
    )
    return body + _digest(body)


def load_read(stored: bytes) -> PreparedRead:
    """The read in these bytes.

    Raises:
        PreparedReadDamaged: not a prepared read, cut short, or altered.
        PreparedReadStale: whole, but of another layout or audio profile.
    """
    body = _checked(stored)
    fields = _HEADER.unpack_from(body)
    _, layout, version_size, config_size, samples, voices, bins, peaks, packets, *rest = fields
    if layout != LAYOUT:
        raise PreparedReadStale("The prepared read has another layout.", details={"layout": layout})
    cursor = _Cursor(body, _HEADER.size)
    version = cursor.take(version_size).decode(errors="replace")
    if version != PROFILE_VERSION:
        raise PreparedReadStale(
            "The prepared read has another profile.", details={"profile": version}
        )
    config = cursor.take(config_size)
    edges = cursor.array("<u4", 2 * voices).reshape(-1, 2).tolist()
    energies = cursor.array("<f4", bins).astype(np.float32)
    outline = cursor.array("u1", peaks).astype(np.uint8)
    sizes = cursor.array("<u2", packets).tolist()
    read = PreparedRead(
        sample_count=samples,
        packets=cursor.split(sizes),
        stream_config=config,
        bins=energies,
        outline=outline,
        segments=tuple(Voice(start, end) for start, end in edges),
        trimmed=rest[0],
        lufs=rest[1],
        true_peak_db=rest[2],
        gain_db=rest[3],
        source_lufs=rest[4],
        profile_version=version,
    )
    if not samples or len(read.packets) != read.frames + 1 or not cursor.at_end:
        raise PreparedReadDamaged("The prepared read contradicts itself.")
    return read


def _checked(stored: bytes) -> bytes:
    if len(stored) < _HEADER.size + _DIGEST or not stored.startswith(MAGIC):
        raise PreparedReadDamaged("These bytes are no prepared read.")
    body, digest = stored[:-_DIGEST], stored[-_DIGEST:]
    if _digest(body) != digest:
        raise PreparedReadDamaged("The prepared read does not match its checksum.")
    return body


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=_DIGEST).digest()


class _Cursor:
    """Walks through the bytes and refuses to run past their end."""

    def __init__(self, body: bytes, position: int) -> None:
        self._body = body
        self._position = position

    def take(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._body):
            raise PreparedReadDamaged("The prepared read is cut short.")
        piece, self._position = self._body[self._position : end], end
        return piece

    def array(self, kind: str, count: int) -> npt.NDArray[np.generic]:
        dtype: np.dtype[np.generic] = np.dtype(kind)
        return np.frombuffer(self.take(count * dtype.itemsize), dtype)

    def split(self, sizes: list[int]) -> tuple[bytes, ...]:
        whole = self.take(sum(sizes))
        return tuple(whole[a:b] for a, b in pairwise(accumulate(sizes, initial=0)))

    @property
    def at_end(self) -> bool:
        return self._position == len(self._body)
