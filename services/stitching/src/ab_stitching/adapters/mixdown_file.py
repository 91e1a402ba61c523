"""Blocks of sound → an offline file with its tags, AAC or MP3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import numpy as np

from ab_stitching.adapters.aac import TIME_BASE, stereo_packets
from ab_stitching.adapters.mixdown_tags import declare
from ab_stitching.adapters.mp4 import WrittenFile, write_m4a, write_whole
from ab_stitching.domain.mixdown import BIT_RATE, FileFormat, MixdownPlan
from ab_stitching.domain.mixdown_cover import Tags
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import FRAME, SAMPLE_RATE

_MP3_FRAME = 1152


def write_file(blocks: Iterable[Pcm], plan: MixdownPlan, destination: Path) -> WrittenFile:
    """Encodes ``(2, n)`` blocks into ``destination``, which appears whole or not at all.

    Both formats say in their headers what the encoder put before and after the sound, so that a
    decoder plays exactly ``plan.length`` samples.

    Raises:
        OSError: the disk is full or the folder is missing; nothing is left behind.
    """
    tags = Tags(plan.title)
    if plan.format is FileFormat.M4A:
        packets = stereo_packets(_frames(blocks, FRAME, padded=True), BIT_RATE)
        return write_m4a(packets, plan.length, destination, BIT_RATE, tags)
    return write_whole(destination, lambda part: _write_mp3(blocks, part, tags))


def _write_mp3(blocks: Iterable[Pcm], part: Path, tags: Tags) -> None:
    # Version 2.3 of ID3 is what cars and old players read.
    options = {"id3v2_version": "3", "fflags": "+bitexact"}
    with av.open(str(part), "w", format="mp3", options=options) as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout="stereo")
        stream.codec_context.bit_rate = BIT_RATE
        cover = declare(container, tags)
        container.start_encoding()
        container.mux_one(cover)
        position = 0
        for samples in _frames(blocks, _MP3_FRAME):
            frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
            frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, TIME_BASE, position
            position += samples.shape[1]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _frames(blocks: Iterable[Pcm], size: int, *, padded: bool = False) -> Iterator[Pcm]:
    """The same sound in frames of one size; the last is what is left, or filled up with silence."""
    rest = np.zeros((2, 0), np.float32)
    for block in blocks:
        sound = np.concatenate((rest, block), axis=1) if rest.shape[1] else block
        whole = sound.shape[1] // size * size
        for at in range(0, whole, size):
            yield np.ascontiguousarray(sound[:, at : at + size])
        rest = sound[:, whole:].copy()
    if rest.shape[1]:
        missing = size - rest.shape[1] if padded else 0
        yield np.ascontiguousarray(np.pad(rest, ((0, 0), (0, missing))))
