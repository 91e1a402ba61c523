"""Ready-made AAC packets → a gapless ``.m4a`` with its index first."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import av
from av.stream import Stream

from ab_stitching.adapters.aac import TIME_BASE
from ab_stitching.adapters.mixdown_tags import declare
from ab_stitching.domain.errors import DiskFull
from ab_stitching.domain.mixdown_cover import Tags
from ab_stitching.domain.profile import FRAME, PRIMING, SAMPLE_RATE

# The disk, the share of it that we may use, and the size that a file may have.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A finished file: its place, size and SHA-256."""

    path: Path
    size: int
    sha256: str


def write_m4a(
    packets: Iterable[bytes],
    length: int,
    destination: Path,
    bit_rate: int,
    tags: Tags | None = None,
) -> WrittenFile:
    """Muxes packets into ``destination``, which appears whole or not at all.

    Args:
        packets: one more than the frames in ``length``; the first one is the priming,
            which the muxer hides behind an edit list.
        length: samples to play; the last packet is cut to it.
        destination: the file to write; its folder must exist.
        bit_rate: the nominal rate to write into the header.
        tags: what a player shows, for files that leave the app.

    Raises:
        DiskFull: there is no room for it.
        OSError: the folder is missing; nothing is left behind either way.
    """
    return write_whole(destination, lambda part: _mux(packets, length, part, bit_rate, tags))


def write_whole(destination: Path, write: Callable[[Path], None]) -> WrittenFile:
    """Lets ``write`` fill a file beside ``destination``, which then appears whole or not at all."""
    handle, name = tempfile.mkstemp(dir=destination.parent, prefix=".", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        written = _measured(part, destination)
        part.replace(destination)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull("There is no room to write the file.") from error
        raise
    finally:
        part.unlink(missing_ok=True)
    return written


def _mux(
    packets: Iterable[bytes], length: int, part: Path, bit_rate: int, tags: Tags | None
) -> None:
    # In milliseconds, the usual scale, the edit list would cut a track short by a few samples.
    scale = str(SAMPLE_RATE)
    options = {"movflags": "+faststart", "fflags": "+bitexact", "movie_timescale": scale}
    # The muxer named after the iPod knows no pictures; this one does, and takes its brand.
    name = "mp4" if tags else "ipod"
    if tags:
        options["brand"] = "M4A "
    with av.open(str(part), "w", format=name, options=options) as container:
        stream = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        stream.codec_context.bit_rate = bit_rate
        cover = declare(container, tags) if tags else None
        container.start_encoding()
        if cover:
            container.mux_one(cover)
        position = -PRIMING
        for data in packets:
            container.mux_one(_packet(data, stream, position, min(FRAME, length - position)))
            position += FRAME


def _packet(data: bytes, stream: Stream, position: int, duration: int) -> av.Packet[Stream]:
    packet = av.Packet(data)
    packet.stream = stream
    packet.time_base = TIME_BASE
    packet.pts = packet.dts = position
    packet.duration = duration
    return packet


def _measured(part: Path, destination: Path) -> WrittenFile:
    # The index moves to the front when the file is closed: only now are the bytes final.
    with part.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
        return WrittenFile(destination, file.tell(), digest)
