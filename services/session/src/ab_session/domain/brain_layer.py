"""Which tone plays under a session: binaural by its goal, solfeggio only where a draft asks."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.rpc import BrainwaveState
from ab_shared.contracts.stems import Stem, StemKind, binaural_stem, solfeggio_stem, stems_of

DEFAULT_BEAT_HZ = 10.0
# From the product's table of goals.
BEAT_HZ_OF_GOAL = {
    "wake-up": 17.0,
    "coffee-replacement": 17.0,
    "meditate": 7.0,
    "focus": 13.5,
    "sleep": 3.0,
    "pre-performance": 12.0,
    "anxiety": 10.0,
    "anxiety-relief": 10.0,
    "creativity": 7.0,
}


@dataclass(frozen=True, slots=True)
class BrainLayer:
    """Frequencies in Hz; a solfeggio layer has only its tone, a binaural one its beat and state."""

    frequency_hz: float | None = None
    brainwave_state: BrainwaveState | None = None
    solfeggio_hz: float | None = None

    @property
    def stem(self) -> Stem:
        """The loop that sounds like this; the default beat where its stem is no longer made."""
        found = None
        if self.solfeggio_hz is not None:
            found = solfeggio_stem(self.solfeggio_hz)
        elif self.frequency_hz is not None:
            found = binaural_stem(self.frequency_hz, self.brainwave_state)
        return found or _beat(DEFAULT_BEAT_HZ)


def brain_layer(
    goal_tag: str | None, *, solfeggio_hz: float | None = None, frequency_hz: float | None = None
) -> BrainLayer:
    """The layer of a new session.

    ``solfeggio_hz`` makes it a solfeggio session, on the nearest tone there is; ``frequency_hz``
    is honoured where a stem has exactly this beat; else the goal decides, 10 Hz for any other.
    """
    if solfeggio_hz is not None:
        tones = [stem.hz for stem in stems_of(StemKind.SOLFEGGIO) if stem.hz is not None]
        return BrainLayer(solfeggio_hz=min(tones, key=lambda tone: abs(tone - solfeggio_hz)))
    wanted = binaural_stem(frequency_hz) if frequency_hz is not None else None
    stem = wanted or _beat(BEAT_HZ_OF_GOAL.get(goal_slug(goal_tag), DEFAULT_BEAT_HZ))
    return BrainLayer(frequency_hz=stem.hz, brainwave_state=stem.brainwave_state)


def goal_slug(goal_tag: str | None) -> str:
    """A goal as it is looked up: in lower case, blanks as hyphens."""
    return (goal_tag or "").strip().lower().replace(" ", "-")


def _beat(hz: float) -> Stem:
    stem = binaural_stem(hz)
    if stem is None:
        raise LookupError(f"no stem has a beat of {hz:g} Hz")
    return stem
