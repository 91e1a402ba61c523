"""How a session stands for whoever looks after all of them."""

from __future__ import annotations

from ab_shared.contracts.session_desk import SessionState

from ab_session.domain.brain_layer import BEAT_HZ_OF_GOAL
from ab_session.domain.job import Job, Stage

# Goals of the catalogue beside those with a beat of their own.
OTHER_GOALS = frozenset({"sos", "beginner", "resilience", "productivity"})
GOALS = frozenset(BEAT_HZ_OF_GOAL) | OTHER_GOALS


def goal_key(goal: str) -> str:
    """A goal tag as it is looked up: lower-cased, spaces as hyphens."""
    return goal.strip().lower().replace(" ", "-")


def shown_goal(goal: str | None) -> str | None:
    """A goal that is one of the app's; in any other a listener may have written anything."""
    return goal if goal is not None and goal_key(goal) in GOALS else None


def state_of(newest: Job | None, *, has_track: bool) -> SessionState:
    """What a session with this newest job is doing."""
    if newest is not None and newest.live:
        return "working"
    if has_track:
        return "ready"
    return "failed" if newest is not None and newest.stage is Stage.FAILED else "silent"
