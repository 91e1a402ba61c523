"""What suits which goal and hour: tables that the shelf is made by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ab_shared.contracts.curation import LayerPreset, LayerType
from ab_shared.contracts.stems import known_background

from ab_session.domain.brain_layer import BEAT_HZ_OF_GOAL, DEFAULT_BEAT_HZ
from ab_session.domain.curation.facts import Candidate

MORNING, DAY, EVENING, NIGHT = "morning", "day", "evening", "night"
MORNING_FROM, DAY_FROM, EVENING_FROM, NIGHT_FROM = 5, 11, 18, 22
TONIGHT_FROM, TONIGHT_UNTIL = 18, 6
# Only on the app's screen for emergencies.
HIDDEN_GOALS = frozenset({"sos"})
# Half way between the bands: delta ends at 4 Hz, alpha is 8 to 12, SMR sounds from 13 (as beta).
DELTA_BELOW_HZ, ALPHA_BELOW_HZ = 6.0, 12.5


@dataclass(frozen=True, slots=True)
class Kind:
    """When a goal suits, how long it is listened to, and what sounds behind it, best first."""

    parts: frozenset[str]
    minutes: int
    backgrounds: tuple[str, ...]


def _kind(parts: Sequence[str], minutes: int, *backgrounds: str) -> Kind:
    return Kind(frozenset(parts), minutes, backgrounds)


_WAKING = _kind((MORNING,), 5, "Birds Chirping", "Babbling Brook", "Evening Walk")
_WORKING = _kind((MORNING, DAY), 25, "Forest Rain", "Babbling Brook", "Regeneration")
_CALMING = _kind((DAY, EVENING, NIGHT), 10, "Distant Ocean", "Babbling Brook", "Forest Rain")
_CARRYING = _kind((MORNING, DAY, EVENING), 10, "Evening Walk", "Distant Ocean", "Regeneration")
KINDS: dict[str, Kind] = {
    "wake-up": _WAKING,
    "coffee-replacement": _WAKING,
    "focus": _WORKING,
    "productivity": _WORKING,
    "creativity": _WORKING,
    "pre-performance": _kind((MORNING, DAY), 10, "Regeneration", "Forest Rain", "Storm"),
    "confidence": _CARRYING,
    "resilience": _CARRYING,
    "meditate": _kind((MORNING, EVENING, NIGHT), 15, "Tibetan Om", "Distant Ocean", "Forest Rain"),
    "beginner": _CALMING,
    "anxiety": _CALMING,
    "anxiety-relief": _CALMING,
    "calm": _CALMING,
    "sleep": _kind((EVENING, NIGHT), 30, "Heavy Rain", "Distant Ocean", "Thunder"),
}
OTHER = _kind((), 10, "Babbling Brook", "Distant Ocean", "Forest Rain")
# Restful enough to fall asleep to, whenever the listener's evening begins.
FOR_TONIGHT = frozenset({"sleep", "meditate", "anxiety", "anxiety-relief", "calm", "beginner"})
GOALS_OF: dict[str, frozenset[str]] = {
    "Calm": frozenset({"anxiety", "anxiety-relief", "calm", "meditate", "beginner"}),
    "Focus": frozenset({"focus", "productivity", "creativity", "coffee-replacement"}),
    "Sleep": frozenset({"sleep"}),
    "Confidence": frozenset({"pre-performance", "confidence", "resilience"}),
    "Reset": frozenset({"anxiety", "anxiety-relief", "resilience", "reset", "wake-up"}),
}
# Few lines leave space between them, many carry: how many lines each wish is content with.
LINES_OF: dict[str, range] = {"More space": range(1, 7), "More guidance": range(10, 1000)}
SOUNDS_OF: dict[str, tuple[str, ...]] = {
    "Voice-forward": ("Babbling Brook", "Evening Walk"),
    "Atmosphere-forward": ("Heavy Rain", "Thunder", "Distant Ocean"),
}
BACKGROUNDS = (
    *("Babbling Brook", "Distant Ocean", "Forest Rain", "Evening Walk", "Heavy Rain"),
    *("Regeneration", "Tibetan Om", "Birds Chirping", "Thunder", "Storm"),
)


def kind_of(candidate: Candidate) -> Kind:
    """By its goal."""
    return KINDS.get(candidate.goal, OTHER)


def part_of_day(hour: int) -> str:
    """The part that an hour of a listener's belongs to."""
    if MORNING_FROM <= hour < DAY_FROM:
        return MORNING
    if DAY_FROM <= hour < EVENING_FROM:
        return DAY
    return EVENING if EVENING_FROM <= hour < NIGHT_FROM else NIGHT


def is_tonight(hour: int) -> bool:
    """18:00 to 06:00 (product rule)."""
    return hour >= TONIGHT_FROM or hour < TONIGHT_UNTIL


def layer_of(candidate: Candidate) -> tuple[LayerType, LayerPreset]:
    """Its brain layer in the words that the app knows; a solfeggio tone goes by its goal."""
    if candidate.layer.solfeggio_hz is not None:
        return "solfeggio", _preset(BEAT_HZ_OF_GOAL.get(candidate.goal, DEFAULT_BEAT_HZ))
    hz = candidate.layer.frequency_hz
    return "binaural", _preset(DEFAULT_BEAT_HZ if hz is None else hz)


def _preset(hz: float) -> LayerPreset:
    if hz < DELTA_BELOW_HZ:
        return "delta"
    return "alpha" if hz < ALPHA_BELOW_HZ else "beta"


def backgrounds_for(
    candidate: Candidate, preferred: str | None, sound: str | None
) -> tuple[str, ...]:
    """All there are, by their wire ids: the listener's own first, then what suits goal and taste.

    A preferred one that nobody knows counts for nothing.
    """
    own = known_background(preferred) if preferred else None
    first = (own.title,) if own else ()
    taste = SOUNDS_OF.get(sound or "", ())
    order = (*first, *taste, *kind_of(candidate).backgrounds, *BACKGROUNDS)
    return tuple(dict.fromkeys(order))
