"""How loud an offline file is, from what is known of its layers: nothing of it is heard twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ab_stitching.domain.mixdown import MixdownPlan
from ab_stitching.domain.mixdown_ducking import BACKGROUND_DB, BRAIN_LAYER_DB, DuckCurve
from ab_stitching.domain.pcm import Energies

_SILENCE_LUFS = -70.0
# BS.1770-4 section 5: blocks of 400 ms, each 100 ms after the one before it.
_HOPS_A_BLOCK = 4
_HOP_MS = 100


def mixdown_loudness(plan: MixdownPlan, voice_powers: Sequence[float], curve: DuckCurve) -> float:
    """Integrated loudness of one round of a mixdown in LUFS, gated after BS.1770-4.

    Layers have nothing to do with each other, so their powers add up. A bed is as loud at any
    moment as it is over all; the voice has the shape of its own power, brought to the loudness
    that its track was measured at. The fades at the ends are a small part of the file.

    Args:
        plan: volumes and the loudness of each layer.
        voice_powers: mean square of each 100 ms of the voice loop.
        curve: how the beds duck.
    """
    volumes, levels = plan.volumes, plan.loudness
    shape = np.asarray(voice_powers, np.float64)
    heard = _integrated(_blocks(shape))
    voice = shape * (_power(levels.voice) / heard if heard else 0.0) * volumes.voice**2
    amounts = np.resize(curve.amounts[:-1], (len(shape), _HOP_MS)).mean(axis=1, dtype=np.float64)
    background = _bed(levels.background, volumes.background, BACKGROUND_DB * amounts)
    brain = _bed(levels.brain_layer, volumes.brain_layer, BRAIN_LAYER_DB * amounts)
    total = _integrated(_blocks(voice + background + brain))
    return 10.0 * float(np.log10(total)) if total else _SILENCE_LUFS


def _bed(lufs: float, volume: float, ducked_db: Energies) -> Energies:
    return _power(lufs) * volume**2 * 10.0 ** (ducked_db / 10.0)


def _blocks(hops: Energies) -> Energies:
    """Means over 400 ms, round the loop."""
    going_round = np.concatenate((hops, hops[: _HOPS_A_BLOCK - 1]))
    return np.convolve(going_round, np.full(_HOPS_A_BLOCK, 1.0 / _HOPS_A_BLOCK), "valid")


def _integrated(power: Energies) -> float:
    """Mean of what passes both gates; the shape of a voice has no absolute level yet."""
    loud = power[power > _power(_SILENCE_LUFS)]
    if not len(loud):
        return 0.0
    return float(loud[loud > loud.mean() / 10.0].mean())


def _power(lufs: float) -> float:
    return float(10.0 ** (lufs / 10.0))
