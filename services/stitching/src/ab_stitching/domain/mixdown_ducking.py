"""How far the beds step back for the voice: one curve for a round of the voice loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ab_stitching.domain.activity import Voice

BACKGROUND_DB = -4.0
BRAIN_LAYER_DB = -2.0
LOOK_AHEAD_MS = 80
ATTACK_MS = 90
RELEASE_MS = 350
# Three time constants are 95 % of the way: that is when an attack or a release counts as over.
_ATTACK = ATTACK_MS / 3
_RELEASE = RELEASE_MS / 3
# Shorter pauses lie within a sentence; nobody wants to fall asleep in the middle of one.
_PHRASE_PAUSE_MS = 1000
# A round ends where it began after this many, to far less than can be heard.
_ROUNDS = 2

Amounts = npt.NDArray[np.float32]
"""How far the beds are ducked, 0 (not at all) to 1 (fully), one value a millisecond."""


@dataclass(frozen=True, slots=True)
class DuckCurve:
    """The curve of one round, and where the voice is silenced for good.

    ``amounts`` has one value more than the round has milliseconds, for interpolation.
    ``voice_end_ms`` counts from the start of the file; after it only the release is left.
    """

    amounts: Amounts
    voice_end_ms: int

    def stretch(self, in_round_ms: int, in_file_ms: int, count: int) -> Amounts:
        """``count`` values from a place in the round, which is heard at a place in the file."""
        curve = self.amounts[in_round_ms : in_round_ms + count]
        late = in_file_ms + count - self.voice_end_ms
        if late <= 0:
            return curve
        # The phrase that would have come next is left out, so nothing ducks for it.
        curve = curve.copy()
        rest = min(late, count)
        since = np.arange(rest) + max(0, in_file_ms - self.voice_end_ms)
        here = self._at_the_end(in_round_ms, in_file_ms)
        curve[count - rest :] = here * np.exp(-since / _RELEASE)
        return curve

    def _at_the_end(self, in_round_ms: int, in_file_ms: int) -> float:
        period = len(self.amounts) - 1
        return float(self.amounts[(in_round_ms + self.voice_end_ms - in_file_ms) % period])


def duck_curve(segments: Sequence[Voice], round_ms: int, voice_end_ms: int) -> DuckCurve:
    """The steady curve of a loop that has always been going round.

    One-pole ramps in closed form, from one change to the next: as exact after an hour as after
    a minute, and computed once however often the loop is heard.

    Args:
        segments: where the voice speaks in the round, as the playback bundle tells it.
        round_ms: length of the round.
        voice_end_ms: where in the file the voice is silenced, from ``voice_end``.
    """
    active = _active(segments, round_ms)
    edges = [0, *(np.flatnonzero(np.diff(active)) + 1).tolist(), round_ms]
    amounts = np.zeros(round_ms + 1, np.float32)
    amount = 0.0
    for _ in range(_ROUNDS):
        for start, end in pairwise(edges):
            target, constant = (1.0, _ATTACK) if active[start] else (0.0, _RELEASE)
            steps = np.exp(-np.arange(end - start + 1) / constant)
            ramp = target + (amount - target) * steps
            amounts[start:end] = ramp[:-1]
            amount = float(ramp[-1])
    amounts[-1] = amount
    return DuckCurve(amounts, voice_end_ms)


def voice_end(segments: Sequence[Voice], round_ms: int, until_ms: int) -> int:
    """Where the last phrase that is over before ``until_ms`` of the file makes way for silence.

    Just before the next phrase would begin to duck the beds; 0 where not even one phrase fits.
    """
    phrases = _phrases(segments)
    if not phrases:
        return until_ms
    rounds = until_ms // round_ms
    for number in range(max(0, rounds - 1), rounds + 1):
        for start, end in phrases:
            if number * round_ms + end > until_ms:
                before = number * round_ms + start - LOOK_AHEAD_MS
                return min(until_ms, max(0, before))
    return until_ms


def _phrases(segments: Sequence[Voice]) -> list[tuple[int, int]]:
    phrases: list[tuple[int, int]] = []
    for segment in segments:
        if phrases and segment.start_ms - phrases[-1][1] < _PHRASE_PAUSE_MS:
            phrases[-1] = (phrases[-1][0], segment.end_ms)
        else:
            phrases.append((segment.start_ms, segment.end_ms))
    return phrases


def _active(segments: Sequence[Voice], round_ms: int) -> npt.NDArray[np.bool_]:
    """True from a look-ahead before each segment to its end; before the first one it wraps."""
    active = np.zeros(round_ms, np.bool_)
    for segment in segments:
        at = np.arange(segment.start_ms - LOOK_AHEAD_MS, min(segment.end_ms, round_ms))
        active[at % round_ms] = True
    return active
