"""A prepared read: one performance of one line, encoded once and ready to be spliced."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ab_shared.contracts.audio_profile import PROFILE_VERSION

from ab_stitching.domain.activity import Voice
from ab_stitching.domain.conditioning import ConditionedRead, peak_db
from ab_stitching.domain.outline import Outline, outline
from ab_stitching.domain.profile import FRAME, SAMPLE_RATE


@dataclass(frozen=True, slots=True, eq=False)
class PreparedRead:
    """AAC packets of one read and all that a merge needs to know about them.

    ``packets`` holds one more than the frames of the read: the last one carries the
    overlap of the codec's window. ``bins`` are 10 ms K-weighted energies of one plane,
    ``trimmed`` counts the samples of silence that the raw speech had before it.
    """

    sample_count: int
    packets: tuple[bytes, ...]
    stream_config: bytes
    bins: npt.NDArray[np.float32]
    outline: Outline
    segments: tuple[Voice, ...]
    lufs: float
    true_peak_db: float
    gain_db: float
    source_lufs: float
    trimmed: int = 0
    profile_version: str = PROFILE_VERSION

    @property
    def frames(self) -> int:
        """AAC frames that hold the read's samples."""
        return -(-self.sample_count // FRAME)

    @property
    def duration_ms(self) -> float:
        """Length of the trimmed read."""
        return self.sample_count * 1000 / SAMPLE_RATE


def assemble(
    read: ConditionedRead,
    packets: tuple[bytes, ...],
    stream_config: bytes,
    segments: tuple[Voice, ...],
) -> PreparedRead:
    """Joins what was measured on a read with its packets."""
    return PreparedRead(
        sample_count=len(read.sound.pcm),
        packets=packets,
        stream_config=stream_config,
        bins=read.sound.bins.astype(np.float32),
        outline=outline(read.sound.pcm),
        segments=segments,
        lufs=read.sound.loudness,
        true_peak_db=peak_db(read.sound),
        gain_db=read.sound.gain_db,
        source_lufs=read.source_lufs,
        trimmed=read.trimmed,
    )
