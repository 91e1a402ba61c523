"""Courses and paths: what there is, and how far a listener is in them."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from ab_shared.contracts.base import Contract, Request

MOST_STEPS = 60
ProgramKind = Literal["course", "path"]
EnrolmentStateName = Literal["active", "paused", "finished", "left"]
EnrolmentWish = Literal["pause", "resume", "leave"]
_ID = Field(min_length=1, max_length=64)
_DAY = Field(ge=1, le=MOST_STEPS)
_RATING = Field(default=None, ge=1, le=5)


class ProgramStep(Contract):
    """A day of a course or a chapter of a path; ``session_id`` is of the catalogue."""

    day: int = _DAY
    title: str
    text: str
    session_id: UUID
    lines: tuple[str, ...]
    action: str


class ProgramView(Contract):
    """A program, word for word; those who are in a ``withdrawn`` one may finish it."""

    id: str = _ID
    kind: ProgramKind
    title: str
    summary: str
    goal_tag: str
    withdrawn: bool = False
    steps: tuple[ProgramStep, ...]


class ProgramList(Contract):
    """Every program, withdrawn ones included."""

    programs: tuple[ProgramView, ...]


class ListPrograms(Request[ProgramList]):
    """Ask for all of them; they change with releases only."""

    routing_key: ClassVar[str] = "session.list_programs.v1"
    reply_type: ClassVar[type[Contract]] = ProgramList


class DayRecord(Contract):
    """What a listener did on a day; nothing is known of the days that are left out."""

    day: int = _DAY
    completed_at: datetime | None = None
    action_done_at: datetime | None = None
    rating: int | None = _RATING


class Streak(Contract):
    """Days in a row with something completed, in the listener's zone.

    ``current`` ends with yesterday or today, ``last_day`` is the newest of all days.
    """

    current: int = Field(default=0, ge=0)
    longest: int = Field(default=0, ge=0)
    last_day: date | None = None


class EnrolmentView(Contract):
    """A listener in a program; ``next_day`` is None when every day is completed."""

    program_id: str
    title: str
    kind: ProgramKind
    withdrawn: bool = False
    state: EnrolmentStateName
    round: int = Field(ge=1)
    enrolled_at: datetime
    finished_at: datetime | None = None
    total_days: int
    next_day: int | None = None
    next_action: str | None = None
    days: tuple[DayRecord, ...]


class MyProgram(Contract):
    """One of a listener's programs, and their streak over all of them."""

    enrolment: EnrolmentView
    streak: Streak


class MyPrograms(Contract):
    """All of a listener's programs but those they left, last touched first."""

    enrolments: tuple[EnrolmentView, ...]
    streak: Streak


class OfAListener(Contract):
    """Who asks; ``timezone`` is the zone they are in now, where the request says so."""

    user_id: str
    timezone: str | None = None


class ListMyPrograms(OfAListener, Request[MyPrograms]):
    """Ask for the programs a listener is in."""

    routing_key: ClassVar[str] = "session.list_my_programs.v1"
    reply_type: ClassVar[type[Contract]] = MyPrograms


class GetMyProgram(OfAListener, Request[MyProgram]):
    """Ask for one of them; NotFound unless they are or were in it."""

    routing_key: ClassVar[str] = "session.get_my_program.v1"
    reply_type: ClassVar[type[Contract]] = MyProgram

    program_id: str = _ID


class Enrol(OfAListener, Request[MyProgram]):
    """Begin a program, or go on with one that was paused or left; Conflict when it is withdrawn.

    ``restart`` begins again from the first day, once there is anything to begin again from.
    """

    routing_key: ClassVar[str] = "session.enrol.v1"
    reply_type: ClassVar[type[Contract]] = MyProgram

    program_id: str = _ID
    restart: bool = False


class ChangeEnrolment(OfAListener, Request[MyProgram]):
    """Pause, resume or leave; the same wish again changes nothing. Conflict where it is over."""

    routing_key: ClassVar[str] = "session.change_enrolment.v1"
    reply_type: ClassVar[type[Contract]] = MyProgram

    program_id: str = _ID
    wish: EnrolmentWish


class RecordDay(OfAListener, Request[MyProgram]):
    """Say what was done on a day; what is None stays as it is.

    ``completed_at``: when it was, by the listener's clock; believed between the enrolment and now.
    """

    routing_key: ClassVar[str] = "session.record_day.v1"
    reply_type: ClassVar[type[Contract]] = MyProgram

    program_id: str = _ID
    day: int = _DAY
    complete: bool = False
    completed_at: AwareDatetime | None = None
    action_done: bool | None = None
    rating: int | None = _RATING
