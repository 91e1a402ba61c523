"""Programs as they are written, and a listener's way through them in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from ab_session.domain import enrolling
from ab_session.domain.catalogue import CATALOGUE
from ab_session.domain.listener import DoneDay, Enrolment, EnrolmentState
from ab_session.domain.program_catalogue import PROGRAMS
from ab_session.domain.programs import Program, Step, next_day, path_step
from ab_session.domain.writing_rules import complaints, set_complaints
from ab_shared.contracts.programs import MOST_STEPS
from ab_shared.errors import Conflict, ValidationFailed
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 5, 5, 12, tzinfo=UTC)
STEPS = tuple(
    Step(f"Day {n}", "Text.", UUID(int=n), ("I am here and I breathe.",), f"Act {n}")
    for n in range(1, 5)
)
COURSE = Program("course", "course", "Course", "Summary.", "sleep", STEPS)
GONE = Program("gone", "path", "Gone", "Summary.", "sleep", STEPS, withdrawn=True)


def enrolled(
    program: Program = COURSE,
    *,
    state: EnrolmentState = EnrolmentState.ACTIVE,
    days: tuple[DoneDay, ...] = (),
) -> Enrolment:
    return Enrolment("user", program.id, state, NOW, NOW, days=days)


def done(*days: int) -> tuple[DoneDay, ...]:
    return tuple(DoneDay(day, NOW) for day in days)


def test_every_line_obeys_the_writing_rules() -> None:
    for program in PROGRAMS.values():
        for step in program.steps:
            assert [complaints(line) for line in step.lines] == [[]] * len(step.lines)
            assert set_complaints(step.lines) == [], (program.id, step.title)


def test_no_line_comes_twice_and_no_title_within_a_program() -> None:
    lines = [line for p in PROGRAMS.values() for step in p.steps for line in step.lines]
    assert len(set(lines)) == len(lines)
    for program in PROGRAMS.values():
        assert len({step.title for step in program.steps}) == len(program.steps)


def test_every_step_plays_a_session_of_the_catalogue() -> None:
    known = {entry.id for entry in CATALOGUE}
    steps = [step for program in PROGRAMS.values() for step in program.steps]
    assert {step.session_id for step in steps} <= known
    assert all(step.action and step.text for step in steps)


def test_the_courses_of_the_product_are_there() -> None:
    courses = {p.goal_tag: len(p.steps) for p in PROGRAMS.values() if p.kind == "course"}
    assert courses == {"meditate": 10, "pre-performance": 7, "sleep": 7}
    assert all(len(program.steps) <= MOST_STEPS for program in PROGRAMS.values())
    assert any(program.kind == "path" for program in PROGRAMS.values())


@pytest.mark.parametrize("order", list(permutations((1, 2, 3, 4)))[::5])
def test_days_in_any_order_finish_it(order: tuple[int, ...]) -> None:
    enrolment = enrolled()
    for day in order:
        assert enrolment.state is EnrolmentState.ACTIVE
        known = enrolling.day_of(enrolment, COURSE, day)
        after = enrolling.with_day(enrolment, enrolling.completed(known, NOW, "UTC"), NOW)
        enrolment = enrolling.settled(after, COURSE, NOW)
    assert enrolment.state is EnrolmentState.FINISHED
    assert enrolment.finished_at == NOW
    assert next_day(enrolment, COURSE) is None


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
def test_of_several_moments_the_earliest_counts_whichever_is_heard_first(
    minutes: list[int],
) -> None:
    day = DoneDay(1)
    for minute in minutes:
        day = enrolling.completed(day, NOW + timedelta(minutes=minute), "UTC")
    assert day.completed_at == NOW + timedelta(minutes=min(minutes))


@pytest.mark.parametrize("off", [timedelta(days=366), timedelta(days=-366), timedelta(seconds=1)])
def test_a_clock_that_cannot_be_right_is_not_believed(off: timedelta) -> None:
    later = NOW + timedelta(days=3)
    assert enrolling.believed(later + abs(off), NOW, later) == later
    assert enrolling.believed(NOW - abs(off), NOW, later) == later
    assert enrolling.believed(NOW + timedelta(days=1), NOW, later) == NOW + timedelta(days=1)
    assert enrolling.believed(datetime.min.replace(tzinfo=UTC), NOW, later) == later


def test_pausing_and_resuming_twice_is_once_and_a_finished_one_does_neither() -> None:
    paused = enrolling.paused(enrolled(), NOW)
    assert enrolling.paused(paused, NOW) is paused
    assert enrolling.resumed(paused, NOW).state is EnrolmentState.ACTIVE
    over = enrolled(state=EnrolmentState.FINISHED)
    for move in (enrolling.paused, enrolling.resumed):
        with pytest.raises(Conflict):
            move(over, NOW)


def test_a_withdrawn_program_takes_nobody_new_but_lets_people_finish() -> None:
    with pytest.raises(Conflict, match="no longer offered"):
        enrolling.refuse_newcomers(GONE)
    inside = enrolled(GONE, days=done(1))
    assert enrolling.entered(inside, GONE, NOW, restart=False) is inside
    assert enrolling.entered(enrolling.paused(inside, NOW), GONE, NOW, restart=False).state == (
        EnrolmentState.ACTIVE
    )
    assert enrolling.day_of(inside, GONE, 2) == DoneDay(2)
    for outside, restart in ((enrolling.left(inside, NOW), False), (inside, True)):
        with pytest.raises(Conflict):
            enrolling.entered(outside, GONE, NOW, restart=restart)


def test_beginning_again_twice_is_once() -> None:
    again = enrolling.entered(enrolled(days=done(1, 2)), COURSE, NOW, restart=True)
    assert (again.round, again.days, again.state) == (2, (), EnrolmentState.ACTIVE)
    assert enrolling.entered(again, COURSE, NOW, restart=True) is again


def test_whoever_comes_back_goes_on_where_they_were() -> None:
    back = enrolling.entered(
        enrolling.left(enrolled(days=done(1)), NOW), COURSE, NOW, restart=False
    )
    assert (back.state, next_day(back, COURSE)) == (EnrolmentState.ACTIVE, 2)
    finished = enrolled(days=done(1, 2, 3, 4), state=EnrolmentState.LEFT)
    came = enrolling.entered(finished, COURSE, NOW, restart=False)
    assert came.state is EnrolmentState.FINISHED


def test_days_that_are_not_there_and_programs_that_were_left() -> None:
    with pytest.raises(ValidationFailed):
        enrolling.day_of(enrolled(), COURSE, 5)
    with pytest.raises(Conflict):
        enrolling.day_of(enrolled(state=EnrolmentState.LEFT), COURSE, 1)


def test_the_step_to_show_is_of_the_first_active_program_that_has_one() -> None:
    programs = {COURSE.id: COURSE}
    acted = (*done(1), DoneDay(2, action_done_at=NOW))
    step = path_step([enrolled(days=done(1))], programs)
    assert step is not None
    assert (step.path_id, step.chapter_index, step.total_chapters) == ("course", 2, 4)
    assert (step.next_action, step.goal_tag, step.session_id) == ("Act 2", "sleep", UUID(int=2))
    after = path_step([enrolled(days=acted)], programs)
    assert after is not None
    assert after.next_action is None
    for state in (EnrolmentState.PAUSED, EnrolmentState.LEFT, EnrolmentState.FINISHED):
        assert path_step([enrolled(state=state)], programs) is None
    assert path_step([enrolled(GONE)], programs) is None
