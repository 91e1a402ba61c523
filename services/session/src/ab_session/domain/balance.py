"""How far the voice stands above what plays under it."""

from __future__ import annotations

import math
from collections.abc import Iterable


def voice_to_bed(voice: tuple[float, float], beds: Iterable[tuple[float, float]]) -> float | None:
    """The distance in LU between the voice and all beds together.

    Loudness adds up as power, for the beds have nothing in common.

    Args:
        voice: its loudness in LUFS and its volume in the mix, 0 to 1.
        beds: the same of each bed.

    Returns:
        None where the voice or every bed is turned off: there is nothing to compare.
    """
    lufs, volume = voice
    power = sum(_power(lufs, volume) for lufs, volume in beds)
    if not power or not volume:
        return None
    return 10.0 * math.log10(_power(lufs, volume) / power)


def _power(lufs: float, volume: float) -> float:
    return float(volume**2 * 10.0 ** (lufs / 10.0))
