"""What the app gets of programs, and sends while following one."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StrictBool

from ab_shared.contracts.http import ApiModel, Instant, optional
from ab_shared.contracts.programs import EnrolmentStateName, ProgramKind

Rating = Annotated[int, Field(ge=1, le=5)]


class ProgramRow(ApiModel):
    """A program in the list."""

    id: str
    kind: ProgramKind = Field(description="A course has days, a path has chapters")
    title: str
    summary: str
    goal_tag: str
    total_days: int


class ProgramListOut(ApiModel):
    """Every program one can begin."""

    programs: list[ProgramRow]


class ProgramDayOut(ApiModel):
    """A day of a course or a chapter of a path."""

    day: int
    title: str
    text: str
    session_id: UUID = Field(description="A session of the catalogue: it plays at once, for free")
    affirmations: list[str] = Field(description="Lines of this day, to make a session of")
    action: str = Field(description="Something small to do")


class ProgramOut(ProgramRow):
    """A program, word for word; who is in a withdrawn one can finish it."""

    withdrawn: bool
    days: list[ProgramDayOut]


class EnrolIn(ApiModel):
    """How to begin."""

    restart: StrictBool = Field(default=False, description="Begin again from the first day")


class DayIn(ApiModel):
    """What was done on a day; what is left out stays as it is."""

    action_done: StrictBool | None = optional(description="Whether the small action was done")
    rating: Rating | None = optional(description="How it felt, 1 to 5")


class CompleteDayIn(DayIn):
    """What was done on a day that is completed."""

    completed_at: AwareDatetime | None = optional(
        description="When it was, if it was offline; believed between the enrolment and now"
    )


class DayRecordOut(ApiModel):
    """What was done on a day."""

    day: int
    completed_at: Instant | None = optional()
    action_done_at: Instant | None = optional()
    rating: int | None = optional()


class StreakOut(ApiModel):
    """Days in a row with something completed, over all programs, in the listener's zone."""

    current: int = Field(description="Of a row that ends today or yesterday, else 0")
    longest: int
    last_day: date | None = optional()


class EnrolmentOut(ApiModel):
    """The listener in a program; only days of which something is known are listed."""

    program_id: str
    title: str
    kind: ProgramKind
    withdrawn: bool
    state: EnrolmentStateName
    round: int = Field(description="How often it was begun")
    enrolled_at: Instant
    finished_at: Instant | None = optional()
    total_days: int
    next_day: int | None = optional(description="The first one that is not completed")
    next_action: str | None = optional()
    days: list[DayRecordOut]


class MyProgramOut(ApiModel):
    """One program of the listener's, and their streak over all of them."""

    program: EnrolmentOut
    streak: StreakOut


class MyProgramsOut(ApiModel):
    """All programs of the listener's but those they left, last touched first."""

    programs: list[EnrolmentOut]
    streak: StreakOut
