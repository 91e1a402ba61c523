"""Title, artist and cover in a container that is about to be written."""

from __future__ import annotations

from fractions import Fraction

from av import Packet
from av.container import OutputContainer
from av.stream import Disposition, Stream

from ab_stitching.domain.mixdown_cover import COVER_SIZE, Tags

# The scale of an attached picture's only time stamp, which is 0.
_TIME_BASE = Fraction(1, 90_000)


def declare(container: OutputContainer, tags: Tags) -> Packet[Stream]:
    """Declares tags and cover; the packet returned has to be muxed before any sound."""
    container.metadata.update({"title": tags.title, "artist": tags.artist})
    stream = container.add_stream("png")
    stream.width = stream.height = COVER_SIZE
    stream.pix_fmt = "rgb24"
    stream.disposition = Disposition.attached_pic
    packet = Packet(tags.cover)
    packet.stream = stream
    packet.time_base = _TIME_BASE
    packet.pts = packet.dts = 0
    packet.is_keyframe = True
    return packet
