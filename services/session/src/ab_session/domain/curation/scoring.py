"""How well a session suits a listener at an hour: plain sums, so that each case can be followed."""

from __future__ import annotations

import hashlib
import math

from ab_session.domain.curation.facts import Candidate, History, Listener
from ab_session.domain.curation.kinds import (
    EVENING,
    GOALS_OF,
    LINES_OF,
    NIGHT,
    kind_of,
    layer_of,
    part_of_day,
)

# What is finished counts most; the rest tips the scales. Chosen so that two early leaves outweigh
# one finish, and a habit of the hour outweighs a goal.
FINISHED, RECENT, REPLAYED = 1.0, 0.5, 0.6
SHARE = 2.0
LEFT_EARLY, LEFT, SKIPPED, MIXED = 1.2, 0.3, 0.1, 0.1
HABIT, FITS, OFF_HOUR, MISFIT = 1.5, 1.0, 0.5, 2.0
GOAL, PATH_GOAL, VOICE, LINES, OWN, FAMILIAR = 1.2, 0.8, 0.3, 0.4, 0.3, 0.8
# A habit of one or two starts is hardly one.
DOUBT = 3


def liking(history: History) -> float:
    """What their behaviour says of a session, at any hour; 0 for one never heard."""
    if not history.heard:
        return 0.0
    # Laplace's rule of succession: one start that was not finished says little.
    share = (history.completes + 1) / (max(history.starts, history.completes) + 2)
    later = max(0, history.abandons - history.early_abandons)
    return (
        SHARE * (share - 0.5)
        + FINISHED * math.log1p(history.completes)
        + RECENT * math.log1p(history.recent)
        + REPLAYED * math.log1p(history.replays)
        - LEFT_EARLY * math.log1p(history.early_abandons)
        - LEFT * math.log1p(later)
        - SKIPPED * math.log1p(history.skips)
        # Whoever turns the knobs stays to hear what it does.
        + MIXED * math.log1p(history.mix_changes)
    )


def suits(candidate: Candidate, listener: Listener) -> float:
    """Hour, goal and voice, whatever they did before."""
    parts, part = kind_of(candidate).parts, part_of_day(listener.hour)
    score = FITS if part in parts else -OFF_HOUR if parts else 0.0
    if misfits(candidate, listener.hour):
        score -= MISFIT
    if matches_goal(candidate, listener):
        score += GOAL
    if serves_path(candidate, listener):
        score += PATH_GOAL
    if listener.voice_id == candidate.voice_id:
        score += VOICE
    if candidate.lines in LINES_OF.get(listener.guidance or "", ()):
        score += LINES
    return score + (OWN if candidate.own else 0.0)


def score(candidate: Candidate, listener: Listener) -> float:
    """Everything together, rounded so that no order hangs on the last bit."""
    history = listener.history(candidate.session_id)
    total = liking(history) + suits(candidate, listener) + _habit(history, listener.hour)
    return round(total + (FAMILIAR if history.heard else 0.0), 6)


def matches_goal(candidate: Candidate, listener: Listener) -> bool:
    """Whether it serves the goal they named."""
    return candidate.goal in GOALS_OF.get(listener.goal or "", frozenset())


def serves_path(candidate: Candidate, listener: Listener) -> bool:
    """Whether it serves the goal of the program they are in."""
    goal = listener.path.goal_tag if listener.path else None
    return goal is not None and goal.strip().lower().replace(" ", "-") == candidate.goal


def misfits(candidate: Candidate, hour: int) -> bool:
    """What makes sleepy by day, and what wakes up by night."""
    preset, part = layer_of(candidate)[1], part_of_day(hour)
    if part == NIGHT:
        return preset == "beta"
    return preset == "delta" and NIGHT in kind_of(candidate).parts and part != EVENING


def lot(candidate: Candidate, listener: Listener) -> bytes:
    """Decides between equals: other ones each day, the same ones all day."""
    drawn = f"{listener.user_id}\n{listener.day.isoformat()}\n{candidate.session_id}"
    return hashlib.sha256(drawn.encode()).digest()


def _habit(history: History, hour: int) -> float:
    around = history.around(hour)
    return HABIT * around / (history.starts + DOUBT)
