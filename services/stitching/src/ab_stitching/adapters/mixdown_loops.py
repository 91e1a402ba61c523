"""Sound that goes round, decoded once into a scratch file and read from there block by block.

Decoding again for each round would cost more than encoding the result; keeping an hour's loops in
memory would cost a hundred megabytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np

from ab_stitching.domain.errors import Unreadable
from ab_stitching.domain.mixdown_mix import BLOCK, LONGEST_BLOCK
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.peaks import peak_above, peak_bound
from ab_stitching.domain.profile import SAMPLE_RATE

# Of peaks this high the limiter wants to know exactly; below it a rough bound will do.
_WORTH_MEASURING = 0.5
_SAMPLE_BYTES = 4
_LENGTH_TOLERANCE_MS = 1


class ScratchLoop:
    """Implements ``Loop`` on one scratch file a plane."""

    def __init__(self, folder: Path, name: str, planes: int) -> None:
        self._files = [(folder / f"{name}.{plane}.pcm").open("w+b") for plane in range(planes)]
        self._room = np.empty((planes, LONGEST_BLOCK), np.float32)
        self._peaks: list[float] = []
        self.powers: list[float] = []
        """Mean square of each tenth of a second, over both ears."""
        self.length = 0

    def read(self, at: int, count: int) -> Pcm:
        """From the page cache as a rule: the files are small beside a machine's memory."""
        room = self._room[:, :count]
        at %= self.length
        done = 0
        while done < count:
            wanted = min(count - done, self.length - at)
            for plane, file in zip(room, self._files, strict=True):
                view = memoryview(plane[done : done + wanted]).cast("B")
                if os.preadv(file.fileno(), [view], at * _SAMPLE_BYTES) != len(view):
                    raise OSError("A scratch file is shorter than it was")
            done += wanted
            at = (at + wanted) % self.length
        return room

    def peak(self, at: int, count: int) -> float:
        """The highest of the seconds this stretch touches."""
        first = at % self.length // BLOCK
        touched = count // BLOCK + 2
        return max(self._peaks[(first + n) % len(self._peaks)] for n in range(touched))

    def close(self) -> None:
        """Lets the scratch files go."""
        for file in self._files:
            file.close()

    def fill(self, blocks: Iterator[Pcm]) -> None:
        """Writes all of the sound and notes its peaks and its power on the way."""
        for block in blocks:
            for plane, file in zip(block, self._files, strict=True):
                file.write(plane.tobytes())
            self._peaks.append(max(_bound(plane) for plane in block))
            square = np.mean(np.square(block), axis=0)
            parts = np.array_split(square, max(1, round(len(square) / (SAMPLE_RATE // 10))))
            self.powers += [float(part.mean()) for part in parts]
            self.length += block.shape[1]
        for file in self._files:
            file.flush()


@contextmanager
def open_loop(path: Path, folder: Path, *, planes: int, duration_ms: int) -> Iterator[ScratchLoop]:
    """A file made here as a loop: only the sound, neither the encoder's priming nor its padding.

    Args:
        path: an ``.m4a`` of this service.
        folder: where its samples may lie while the block runs.
        planes: 1 where both ears are known to be alike, else 2.
        duration_ms: how long it must be.

    Raises:
        Unreadable: it cannot be decoded, or is not as long as it should be.
        OSError: no room for the samples.
    """
    loop = ScratchLoop(folder, path.stem, planes)
    try:
        try:
            loop.fill(_blocks(path, planes))
        except (av.FFmpegError, IndexError, ValueError) as error:
            raise Unreadable("A layer of the mixdown cannot be decoded.") from error
        if abs(loop.length * 1000 / SAMPLE_RATE - duration_ms) > _LENGTH_TOLERANCE_MS:
            raise Unreadable("A layer of the mixdown is not as long as it should be.")
        yield loop
    finally:
        loop.close()


def _blocks(path: Path, planes: int) -> Iterator[Pcm]:
    """The decoded sound in seconds, all in the same memory; the last one is what is left."""
    room = np.empty((planes, BLOCK), np.float32)
    held = 0
    for sound in _sound(path, planes):
        fits = min(len(sound[0]), BLOCK - held)
        for plane, part in zip(room, sound, strict=True):
            plane[held : held + fits] = part[:fits]
        held += fits
        if held == BLOCK:
            yield room
            held = len(sound[0]) - fits
            for plane, part in zip(room, sound, strict=True):
                plane[:held] = part[fits:]
    if held:
        yield room[:, :held]


def _sound(path: Path, planes: int) -> Iterator[list[Pcm]]:
    """Frames without the priming, which FFmpeg skips, nor the padding, which it does not."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        left = stream.duration or 0
        for frame in container.decode(stream):
            count = min(left, frame.samples)
            left -= count
            yield [
                np.frombuffer(memoryview(plane), np.float32, count)
                for plane in frame.planes[:planes]
            ]


def _bound(plane: Pcm) -> float:
    """What no true peak of these samples exceeds; exact where that may spare the limiter work."""
    rough = peak_bound(plane)
    return rough if rough < _WORTH_MEASURING else peak_above(plane, 0.0)
