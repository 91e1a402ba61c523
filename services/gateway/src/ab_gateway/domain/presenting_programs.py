"""Programs, and how far the caller is in them, as the app reads them."""

from __future__ import annotations

from ab_shared.contracts import http_programs as wire
from ab_shared.contracts import programs as said


def program_rows(kept: said.ProgramList) -> wire.ProgramListOut:
    """Those that one can begin."""
    rows = [wire.ProgramRow(**_row(one)) for one in kept.programs if not one.withdrawn]
    return wire.ProgramListOut(programs=rows)


def program_out(program: said.ProgramView) -> wire.ProgramOut:
    """One of them, word for word."""
    days = [
        wire.ProgramDayOut(
            day=step.day,
            title=step.title,
            text=step.text,
            session_id=step.session_id,
            affirmations=list(step.lines),
            action=step.action,
        )
        for step in program.steps
    ]
    return wire.ProgramOut(**_row(program), withdrawn=program.withdrawn, days=days)


def my_program_out(kept: said.MyProgram) -> wire.MyProgramOut:
    """One of the caller's."""
    return wire.MyProgramOut(program=_enrolment(kept.enrolment), streak=_streak(kept.streak))


def my_programs_out(kept: said.MyPrograms) -> wire.MyProgramsOut:
    """All of the caller's."""
    programs = [_enrolment(one) for one in kept.enrolments]
    return wire.MyProgramsOut(programs=programs, streak=_streak(kept.streak))


def _row(program: said.ProgramView) -> dict[str, object]:
    return {
        "id": program.id,
        "kind": program.kind,
        "title": program.title,
        "summary": program.summary,
        "goal_tag": program.goal_tag,
        "total_days": len(program.steps),
    }


def _enrolment(kept: said.EnrolmentView) -> wire.EnrolmentOut:
    return wire.EnrolmentOut.model_validate(kept.model_dump())


def _streak(kept: said.Streak) -> wire.StreakOut:
    return wire.StreakOut.model_validate(kept.model_dump())
