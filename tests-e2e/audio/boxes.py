"""Reads the boxes of an MP4 file (ISO/IEC 14496-12) as a player's demuxer would."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PATH_TO_TABLE = ("moov", "trak", "mdia", "minf", "stbl")
FULL_BOX = 8
AUDIO_ENTRY = 28
DECODER_SPECIFIC_INFO = 5
NO_EDITS = bytes(8)
RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000)


@dataclass(frozen=True, slots=True)
class Movie:
    """What the boxes say of a file with one sound track."""

    order: tuple[str, ...]
    edits: tuple[tuple[int, int], ...]
    """Duration in the movie's time scale, first sample of the media."""
    movie_scale: int
    media_scale: int
    media_samples: int
    """Sum of the sample durations."""
    codec: str
    object_type: int
    rate: int
    channels: int


def read_movie(path: Path) -> Movie:
    """The facts of a file; KeyError where a box is missing."""
    data = path.read_bytes()
    top = list(_boxes(data))
    moov = dict(top)["moov"]
    entry = _inside(data, PATH_TO_TABLE)["stsd"][FULL_BOX:]
    object_type, rate, channels = _audio_config(entry)
    track = _inside(data, ("moov", "trak"))
    edit_list = dict(_boxes(track.get("edts", b""))).get("elst", NO_EDITS)
    return Movie(
        order=tuple(name for name, _ in top),
        edits=tuple(_edits(edit_list)),
        movie_scale=_scale(dict(_boxes(moov))["mvhd"]),
        media_scale=_scale(_inside(data, ("moov", "trak", "mdia"))["mdhd"]),
        media_samples=_media_samples(_inside(data, PATH_TO_TABLE)["stts"]),
        codec=entry[4:8].decode(),
        object_type=object_type,
        rate=rate,
        channels=channels,
    )


def _boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        size = size or len(data) - at
        if size < head:
            return
        yield name.decode("latin-1"), data[at + head : at + size]
        at += size


def _inside(data: bytes, path: tuple[str, ...]) -> dict[str, bytes]:
    for name in path:
        data = dict(_boxes(data))[name]
    return dict(_boxes(data))


def _scale(header: bytes) -> int:
    return int(struct.unpack_from(">I", header, 20 if header[0] else 12)[0])


def _edits(box: bytes) -> Iterator[tuple[int, int]]:
    kind, size = (">Qq", 20) if box[0] else (">Ii", 12)
    for place in range(struct.unpack_from(">I", box, 4)[0]):
        duration, start = struct.unpack_from(kind, box, 8 + place * size)
        yield duration, start


def _media_samples(box: bytes) -> int:
    runs = struct.unpack_from(">I", box, 4)[0]
    pairs = struct.iter_unpack(">II", box[8 : 8 + 8 * runs])
    return sum(count * duration for count, duration in pairs)


def _audio_config(entry: bytes) -> tuple[int, int, int]:
    """Object type, sample rate and channels of the AudioSpecificConfig (14496-3, 1.6.2.1).

    All zero where the entry holds none: another codec.
    """
    descriptors = dict(_boxes(entry[8 + AUDIO_ENTRY :])).get("esds", b"")[4:]
    if not descriptors:
        return 0, 0, 0
    config = _descriptor(descriptors, DECODER_SPECIFIC_INFO)
    bits = int.from_bytes(config[:2], "big")
    return bits >> 11, RATES[bits >> 7 & 15], bits >> 3 & 15


def _descriptor(data: bytes, wanted: int) -> bytes:
    """The body of a descriptor inside the nested ones of an ``esds`` (14496-1, 7.2.6)."""
    skipped = {3: 3, 4: 13}
    at = 0
    while at < len(data):
        tag, size = data[at], 0
        at += 1
        while data[at] & 0x80:
            size, at = size << 7 | data[at] & 0x7F, at + 1
        size, at = size << 7 | data[at], at + 1
        if tag == wanted:
            return data[at : at + size]
        at += skipped.get(tag, size)
    raise KeyError(wanted)
