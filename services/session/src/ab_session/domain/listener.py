"""What a listener has told of themselves, and where they are in a program."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ValueRow:
    """Something a listener holds dear; ``rank`` from 1, or None where it has none."""

    id: UUID
    value_id: str
    value_text: str
    rank: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CurationWishes:
    """What a listener wants to be shown, in the app's own words; None where nothing was said."""

    primary_goal: str | None = None
    voice_preference: str | None = None
    sound_preference: str | None = None


@dataclass(frozen=True, slots=True)
class PathStep:
    """The next chapter of the program a listener is in; ``chapter_index`` from 1."""

    path_id: str
    path_name: str
    chapter_index: int
    total_chapters: int
    next_action: str | None = None
    goal_tag: str | None = None
    session_id: UUID | None = None


class EnrolmentState(StrEnum):
    """How a listener stands to a program."""

    ACTIVE = "active"
    PAUSED = "paused"
    FINISHED = "finished"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class DoneDay:
    """A day of a program: done when ``completed_at`` is set, there and then in ``zone``."""

    day: int
    completed_at: datetime | None = None
    zone: str = "UTC"
    action_done_at: datetime | None = None
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A listener in a program; ``round`` counts how often they began it."""

    user_id: str
    program_id: str
    state: EnrolmentState
    enrolled_at: datetime
    touched_at: datetime
    round: int = 1
    finished_at: datetime | None = None
    days: tuple[DoneDay, ...] = field(default=())
