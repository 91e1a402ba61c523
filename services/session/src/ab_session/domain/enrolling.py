"""What may happen to somebody's place in a program, in any order and more than once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ab_shared.errors import Conflict, ValidationFailed

from ab_session.domain.listener import DoneDay, Enrolment, EnrolmentState
from ab_session.domain.programs import Program, next_day

GONE = "You left this program; enrol again to go on with it"
ACTIVE, PAUSED = EnrolmentState.ACTIVE, EnrolmentState.PAUSED
FINISHED, LEFT = EnrolmentState.FINISHED, EnrolmentState.LEFT


def refuse_newcomers(program: Program) -> None:
    """Conflict where a program takes nobody new."""
    if program.withdrawn:
        raise Conflict("This program is no longer offered; whoever is in it can finish it")


def entered(enrolment: Enrolment, program: Program, at: datetime, *, restart: bool) -> Enrolment:
    """Somebody enrols who was here before; Conflict where a withdrawn program would begin anew.

    A finished program stays finished unless it is begun again, and there is nothing to begin
    again from before anything was done: so the same wish twice is one.
    """
    if restart and enrolment.days:
        refuse_newcomers(program)
        return replace(
            enrolment,
            round=enrolment.round + 1,
            state=ACTIVE,
            enrolled_at=at,
            touched_at=at,
            finished_at=None,
            days=(),
        )
    if enrolment.state is LEFT:
        refuse_newcomers(program)
    if enrolment.state in {LEFT, PAUSED}:
        return settled(replace(enrolment, state=ACTIVE, touched_at=at), program, at)
    return enrolment


def paused(enrolment: Enrolment, at: datetime) -> Enrolment:
    """Conflict when it is over."""
    return _moved(enrolment, ACTIVE, PAUSED, at)


def resumed(enrolment: Enrolment, at: datetime) -> Enrolment:
    """Conflict when it is over."""
    return _moved(enrolment, PAUSED, ACTIVE, at)


def left(enrolment: Enrolment, at: datetime) -> Enrolment:
    """At any time; what was done stays known."""
    if enrolment.state is LEFT:
        return enrolment
    return replace(enrolment, state=LEFT, touched_at=at)


def _moved(
    enrolment: Enrolment, origin: EnrolmentState, target: EnrolmentState, at: datetime
) -> Enrolment:
    if enrolment.state is target:
        return enrolment
    if enrolment.state is LEFT:
        raise Conflict(GONE)
    if enrolment.state is not origin:
        raise Conflict(f"This program is {enrolment.state.value} already")
    return replace(enrolment, state=target, touched_at=at)


def day_of(enrolment: Enrolment, program: Program, day: int) -> DoneDay:
    """What is known of a day.

    Raises:
        ValidationFailed: the program has no such day.
        Conflict: the listener left the program.
    """
    if day > len(program.steps):
        wrong = {"day": f"must be at most {len(program.steps)}"}
        raise ValidationFailed("The program has no such day", details=wrong)
    if enrolment.state is LEFT:
        raise Conflict(GONE)
    return next((one for one in enrolment.days if one.day == day), DoneDay(day))


def completed(done: DoneDay, at: datetime, zone: str) -> DoneDay:
    """A day is done once: of two moments the earlier one counts, whichever was heard of first."""
    if done.completed_at is not None and done.completed_at <= at:
        return done
    return replace(done, completed_at=at, zone=zone)


def acted(done: DoneDay, at: datetime, *, did: bool) -> DoneDay:
    """The small action of a day was done, or was not after all."""
    if not did:
        return replace(done, action_done_at=None)
    return done if done.action_done_at else replace(done, action_done_at=at)


def believed(claimed: datetime | None, enrolled_at: datetime, now: datetime) -> datetime:
    """When it was: what a phone's clock says where that can be, else now."""
    if claimed is None:
        return now
    try:
        at = claimed.astimezone(UTC)
    except OverflowError:
        return now
    return at if enrolled_at <= at <= now else now


def with_day(enrolment: Enrolment, done: DoneDay, at: datetime) -> Enrolment:
    """The same with this day in its place."""
    others = (one for one in enrolment.days if one.day != done.day)
    days = tuple(sorted((*others, done), key=lambda one: one.day))
    return replace(enrolment, days=days, touched_at=at)


def settled(enrolment: Enrolment, program: Program, at: datetime) -> Enrolment:
    """Finished when every day is completed."""
    over = enrolment.state in {FINISHED, LEFT}
    if over or next_day(enrolment, program) is not None:
        return enrolment
    return replace(enrolment, state=FINISHED, finished_at=enrolment.finished_at or at)
