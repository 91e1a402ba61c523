"""Programs, and how far somebody is in them, as other services see them."""

from __future__ import annotations

from dataclasses import asdict

from ab_shared.contracts.programs import (
    DayRecord,
    EnrolmentView,
    MyProgram,
    ProgramStep,
    ProgramView,
    Streak,
)

from ab_session.domain.listener import DoneDay, Enrolment
from ab_session.domain.programs import Program, next_day
from ab_session.domain.streaks import Streaks


def program_view(program: Program) -> ProgramView:
    """A program, word for word."""
    return ProgramView(
        id=program.id,
        kind=program.kind,
        title=program.title,
        summary=program.summary,
        goal_tag=program.goal_tag,
        withdrawn=program.withdrawn,
        steps=tuple(
            ProgramStep(day=day, **asdict(step)) for day, step in enumerate(program.steps, start=1)
        ),
    )


def enrolment_view(enrolment: Enrolment, program: Program) -> EnrolmentView:
    """Somebody in a program."""
    day = next_day(enrolment, program)
    return EnrolmentView(
        program_id=program.id,
        title=program.title,
        kind=program.kind,
        withdrawn=program.withdrawn,
        state=enrolment.state.value,
        round=enrolment.round,
        enrolled_at=enrolment.enrolled_at,
        finished_at=enrolment.finished_at,
        total_days=len(program.steps),
        next_day=day,
        next_action=program.steps[day - 1].action if day is not None else None,
        days=tuple(_record(done) for done in enrolment.days if done.day <= len(program.steps)),
    )


def my_program(enrolment: Enrolment, program: Program, streaks: Streaks) -> MyProgram:
    """The same with the listener's streak."""
    return MyProgram(enrolment=enrolment_view(enrolment, program), streak=streak_view(streaks))


def streak_view(streaks: Streaks) -> Streak:
    """A streak."""
    return Streak(current=streaks.current, longest=streaks.longest, last_day=streaks.last_day)


def _record(done: DoneDay) -> DayRecord:
    return DayRecord(
        day=done.day,
        completed_at=done.completed_at,
        action_done_at=done.action_done_at,
        rating=done.rating,
    )
