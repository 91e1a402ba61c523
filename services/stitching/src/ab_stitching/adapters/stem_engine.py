"""Makes stems: synthesised, levelled and encoded as loops; blocking, seconds of one core each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ab_shared.contracts.stems import Stem

from ab_stitching.adapters.aac import decode_packets, encode_loop
from ab_stitching.adapters.mp4 import write_m4a
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import FRAME, SAMPLE_RATE, StemProfile
from ab_stitching.domain.stems.catalogue import profile_of, raw_loop, recipe_version
from ab_stitching.domain.stems.make import RenderedStem, level_loop, loop_loudness, loop_peak_db
from ab_stitching.domain.stems.seam import seam_quality

_STEM_TOLERANCE_LU = 0.25
_TASTES = 6
_TASTE_FRAMES = 128
_PIECE_FRAMES = 256


def render_stem(stem: Stem, destination: Path) -> RenderedStem:
    """Synthesises, levels and encodes one stem; one loop in memory at a time, some 70 MB.

    A codec at 96 kb/s takes a little of a noise away: how much is tried on a tenth of the
    loop and given back beforehand. What is reported was measured on the decoded loop.

    Raises:
        OSError: the file could not be written.
    """
    profile = profile_of(stem)
    pcm = level_loop(raw_loop(stem), profile)
    louder_by = _taken_by_codec(pcm, profile)
    packets, lufs = _encoded(pcm, profile, louder_by)
    if abs(lufs - profile.target_lufs) > _STEM_TOLERANCE_LU:
        # The tastes were not like the whole. What was heard took the loop's place: make it anew.
        pcm = level_loop(raw_loop(stem), profile)
        packets, lufs = _encoded(pcm, profile, louder_by + profile.target_lufs - lufs)
    true_peak_db, seam = loop_peak_db(pcm), seam_quality(pcm)
    written = write_m4a(packets, profile.length, destination, profile.bit_rate)
    return RenderedStem(
        stem=stem,
        recipe_version=recipe_version(stem),
        path=written.path,
        size=written.size,
        sha256=written.sha256,
        duration_ms=round(profile.length * 1000 / SAMPLE_RATE),
        lufs=lufs,
        true_peak_db=true_peak_db,
        needs_runtime_crossfade=seam.needs_runtime_crossfade,
        seam_risk_score=seam.seam_risk_score,
    )


def _encoded(pcm: Pcm, profile: StemProfile, louder_by: float) -> tuple[tuple[bytes, ...], float]:
    """Packets and loudness of a levelled loop; afterwards ``pcm`` holds what a decoder hears."""
    level_loop(pcm, profile, lufs=profile.target_lufs - louder_by)
    packets = encode_loop(pcm, profile.bit_rate)
    _hear(packets, pcm)
    return packets, loop_loudness(pcm)


def _taken_by_codec(pcm: Pcm, profile: StemProfile) -> float:
    """By how many LU encoding will make a loop quieter, judged by six tastes of it."""
    length = _TASTE_FRAMES * FRAME
    starts = np.linspace(0, pcm.shape[-1] - length, _TASTES).astype(np.int64) // FRAME * FRAME
    tastes = np.concatenate([pcm[..., start : start + length] for start in starts], axis=-1)
    before = loop_loudness(tastes)
    _hear(encode_loop(tastes, profile.bit_rate), tastes)
    return before - loop_loudness(tastes)


def _hear(packets: tuple[bytes, ...], pcm: Pcm) -> None:
    """Decodes into ``pcm``, piece by piece: a packet overlaps with its neighbours only."""
    for first in range(0, len(packets) - 1, _PIECE_FRAMES):
        piece = packets[first : first + _PIECE_FRAMES + 1]
        length = (len(piece) - 1) * FRAME
        heard = decode_packets(piece, length)
        start = first * FRAME
        pcm[..., start : start + length] = heard[0] if pcm.ndim == 1 else heard
