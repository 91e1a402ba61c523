"""Why a session stands where it does, in words that are true of this listener."""

from __future__ import annotations

from collections.abc import Iterable

from ab_session.domain.curation.facts import Candidate, Listener
from ab_session.domain.curation.kinds import FOR_TONIGHT, kind_of, layer_of, part_of_day
from ab_session.domain.curation.scoring import matches_goal
from ab_session.domain.listener import PathStep

# Fewer starts at an hour are no habit.
HABIT_FROM = 2
LONG_AGO_WEEKS = 2


def times(number: int) -> str:
    """As one says it."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def of_path(step: PathStep) -> str:
    """Where they are in their program."""
    return f"Chapter {step.chapter_index} of {step.total_chapters}: {step.path_name}"


def unfinished(candidate: Candidate, listener: Listener) -> str | None:
    """What they began."""
    history = listener.history(candidate.session_id)
    if history.starts and not history.completes:
        return "You started this and haven't finished it yet"
    return None


def akin(to: Candidate) -> str:
    """It has the goal of something they finished."""
    return f"Like {to.title}, which you have finished"


def first_step(candidate: Candidate, listener: Listener) -> str | None:
    """For somebody who has finished nothing."""
    if matches_goal(candidate, listener):
        return of_goal(listener)
    return "A gentle one to begin with" if candidate.goal == "beginner" else None


def of_goal(listener: Listener) -> str:
    """What they said they want."""
    return f"Made for your goal: {listener.goal}"


def best(candidate: Candidate, listener: Listener) -> str | None:
    """What they did to the end, or again."""
    history = listener.history(candidate.session_id)
    if history.completes:
        return f"You have finished this {times(history.completes)}"
    if history.replays:
        return f"You came back to this {times(history.replays)}"
    if not any(one.completes for one in listener.histories.values()):
        return "You haven't finished one yet; this is a good one to start with"
    return None


def now(candidate: Candidate, listener: Listener) -> str | None:
    """The strongest of what speaks for this hour."""
    history = listener.history(candidate.session_id)
    around = history.around(listener.hour)
    if around >= HABIT_FROM:
        return f"You have started this {times(around)} around this hour"
    if matches_goal(candidate, listener):
        return of_goal(listener)
    if history.completes:
        return f"You have finished this {times(history.completes)}"
    part = part_of_day(listener.hour)
    if part in kind_of(candidate).parts:
        return f"Made for the {part}"
    return "One of your own" if candidate.own else None


def tonight(candidate: Candidate, listener: Listener) -> str | None:
    """The strongest of what speaks for the night."""
    around = listener.history(candidate.session_id).around(listener.hour)
    if around >= HABIT_FROM:
        return f"You have started this {times(around)} around this hour"
    if layer_of(candidate) == ("binaural", "delta"):
        return "Slow delta waves for the night"
    return "A calm one for the night" if candidate.goal in FOR_TONIGHT else None


def new(candidate: Candidate, listener: Listener) -> str | None:
    """What they do not know, or hardly know any more."""
    history = listener.history(candidate.session_id)
    if not history.heard:
        if matches_goal(candidate, listener):
            return f"New to you, and made for your goal: {listener.goal}"
        return "You haven't played this yet"
    if history.last_start is not None:
        # Counted in UTC there: one day less is true in any zone.
        weeks = ((listener.day - history.last_start).days - 1) // 7
        if weeks >= LONG_AGO_WEEKS:
            return f"You haven't played this for {weeks} weeks"
    return f"You have started this {times(history.starts)} so far" if history.starts else None


def most_finished(candidates: Iterable[Candidate], listener: Listener) -> Candidate | None:
    """What they finished most often, if anything."""
    finished = [c for c in candidates if listener.history(c.session_id).completes]
    return max(
        finished,
        key=lambda c: (listener.history(c.session_id).completes, str(c.session_id)),
        default=None,
    )
