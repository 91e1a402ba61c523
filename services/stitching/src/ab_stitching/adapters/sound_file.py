"""Any finished audio file on disk → its samples, piece by piece, and what its container says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import av
from av.audio.resampler import AudioResampler

from ab_stitching.domain.errors import Unreadable
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE

_STEREO = 2


@dataclass(frozen=True, slots=True)
class Container:
    """What a file says of itself."""

    format: str
    codec: str
    sample_rate: int
    channels: int
    bit_rate: int | None
    tags: dict[str, str]


def describe(path: Path) -> Container:
    """Opens a file and reads its head.

    Raises:
        Unreadable: it is no audio file, or not there.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            return Container(
                format=container.format.name,
                codec=stream.codec_context.name,
                sample_rate=stream.codec_context.sample_rate,
                channels=stream.codec_context.layout.nb_channels,
                bit_rate=stream.codec_context.bit_rate or container.bit_rate or None,
                tags={**container.metadata, **stream.metadata},
            )
    except (av.FFmpegError, OSError, IndexError) as error:
        raise Unreadable("This is no audio file that can be opened.") from error


def hear(path: Path) -> Iterator[Pcm]:
    """Samples at 48 kHz: ``(1, n)`` for mono, ``(2, n)`` for anything else.

    Raises:
        Unreadable: decoding stopped before the end.
    """
    mono = describe(path).channels < _STEREO
    resampler = AudioResampler("fltp", "mono" if mono else "stereo", SAMPLE_RATE)
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(container.streams.audio[0]):
                for piece in resampler.resample(frame):
                    yield cast("Pcm", piece.to_ndarray())
            for piece in resampler.resample(None):
                yield cast("Pcm", piece.to_ndarray())
    except (av.FFmpegError, OSError) as error:
        raise Unreadable("The file cannot be decoded to its end.") from error
