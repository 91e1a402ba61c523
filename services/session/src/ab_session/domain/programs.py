"""Courses and paths: what they are made of, and where somebody in one of them is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from ab_session.domain.listener import Enrolment, EnrolmentState, PathStep

Kind = Literal["course", "path"]


@dataclass(frozen=True, slots=True)
class Step:
    """A day of a course or a chapter of a path.

    ``session_id`` is a session of the catalogue, so that a step plays at once and costs nothing;
    ``lines`` are the step's own, to make a session of.
    """

    title: str
    text: str
    session_id: UUID
    lines: tuple[str, ...]
    action: str


@dataclass(frozen=True, slots=True)
class Program:
    """``withdrawn``: those who are in it may finish, and nobody new gets in."""

    id: str
    kind: Kind
    title: str
    summary: str
    goal_tag: str
    steps: tuple[Step, ...]
    withdrawn: bool = False


Programs = Mapping[str, Program]


def done_days(enrolment: Enrolment) -> frozenset[int]:
    """The days that were completed."""
    return frozenset(day.day for day in enrolment.days if day.completed_at is not None)


def next_day(enrolment: Enrolment, program: Program) -> int | None:
    """The first day that is not completed, from 1; None when all are."""
    done = done_days(enrolment)
    return next((day for day in range(1, len(program.steps) + 1) if day not in done), None)


def path_step(enrolments: Sequence[Enrolment], programs: Programs) -> PathStep | None:
    """The next step of the first of these enrolments that is active and has one."""
    for enrolment in enrolments:
        program = programs.get(enrolment.program_id)
        if program is None or enrolment.state is not EnrolmentState.ACTIVE:
            continue
        day = next_day(enrolment, program)
        if day is not None:
            return _step(enrolment, program, day)
    return None


def _step(enrolment: Enrolment, program: Program, day: int) -> PathStep:
    step = program.steps[day - 1]
    acted = any(one.day == day and one.action_done_at for one in enrolment.days)
    return PathStep(
        path_id=program.id,
        path_name=program.title,
        chapter_index=day,
        total_chapters=len(program.steps),
        next_action=None if acted else step.action,
        goal_tag=program.goal_tag,
        session_id=step.session_id,
    )
