"""Makes stems: synthesised, levelled and encoded as loops; blocking, seconds of one core each."""

from __future__ import annotations

from pathlib import Path

from ab_shared.contracts.stems import Stem

from ab_stitching.adapters.aac import decode_packets, encode_loop
from ab_stitching.adapters.mp4 import write_m4a
from ab_stitching.domain.profile import SAMPLE_RATE
from ab_stitching.domain.stems.catalogue import profile_of, raw_loop, recipe_version
from ab_stitching.domain.stems.make import RenderedStem, level_loop, loop_loudness, loop_peak_db
from ab_stitching.domain.stems.seam import seam_quality

_STEM_TOLERANCE_LU = 0.25


def render_stem(stem: Stem, destination: Path) -> RenderedStem:
    """Synthesises, levels and encodes one stem; some 250 MB while it works.

    What is reported was measured on the decoded loop: a codec at 96 kb/s takes a little
    of a noise away, and a little gain puts it back.

    Raises:
        OSError: the file could not be written.
    """
    profile = profile_of(stem)
    pcm = level_loop(raw_loop(stem), profile)
    packets = encode_loop(pcm, profile.bit_rate)
    heard = decode_packets(packets, profile.length)
    lufs = loop_loudness(heard)
    if abs(lufs - profile.target_lufs) > _STEM_TOLERANCE_LU:
        packets = encode_loop(level_loop(pcm, profile, lufs=lufs), profile.bit_rate)
        heard = decode_packets(packets, profile.length)
        lufs = loop_loudness(heard)
    true_peak_db, seam = loop_peak_db(heard), seam_quality(heard)
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
