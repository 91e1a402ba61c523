"""Lets a listener begin a program, go on with it, and see how far they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ab_shared.contracts import programs as said
from ab_shared.errors import NotFound
from ab_shared.runtime.clock import Clock

from ab_session.domain import enrolling
from ab_session.domain.listener import Enrolment, EnrolmentState
from ab_session.domain.listening.clocks import zone_named
from ab_session.domain.presenting_programs import (
    enrolment_view,
    my_program,
    program_view,
    streak_view,
)
from ab_session.domain.programs import Program, Programs
from ab_session.domain.streaks import Moment, Streaks, streaks
from ab_session.ports import Store, Unit

MOVES = {
    "pause": enrolling.paused,
    "resume": enrolling.resumed,
    "leave": enrolling.left,
}


@dataclass(frozen=True, slots=True)
class FollowProgram:
    """Everything about programs; each call may come twice, late or out of order."""

    store: Store
    programs: Programs
    clock: Clock

    async def catalogue(self, _request: said.ListPrograms) -> said.ProgramList:
        """Every program, in its order."""
        shown = (program_view(program) for program in self.programs.values())
        return said.ProgramList(programs=tuple(shown))

    async def mine(self, request: said.ListMyPrograms) -> said.MyPrograms:
        """All but those that were left, and those that nobody knows any more."""
        async with self.store.begin() as unit:
            enrolments = await unit.enrolments.of_user(request.user_id)
            streak = await self._streak(unit, request)
        shown = tuple(
            enrolment_view(one, self.programs[one.program_id])
            for one in enrolments
            if one.program_id in self.programs and one.state is not EnrolmentState.LEFT
        )
        return said.MyPrograms(enrolments=shown, streak=streak_view(streak))

    async def one(self, request: said.GetMyProgram) -> said.MyProgram:
        """NotFound unless they are or were in it."""
        program = self._program(request.program_id)
        async with self.store.begin() as unit:
            enrolment = await _found(unit, request.user_id, program, hold=False)
            return my_program(enrolment, program, await self._streak(unit, request))

    async def enrol(self, request: said.Enrol) -> said.MyProgram:
        """Their place in it, new or taken up again.

        Raises:
            NotFound: there is no such program.
            Conflict: it is withdrawn and they are not in it.
        """
        program, at = self._program(request.program_id), self.clock()
        async with self.store.begin() as unit:
            before = await unit.enrolments.find(request.user_id, program.id, hold=True)
            if before is None:
                enrolling.refuse_newcomers(program)
                new = Enrolment(request.user_id, program.id, EnrolmentState.ACTIVE, at, at)
                await unit.enrolments.add(new)
                # Whoever asked for the same at the same moment may have been first.
                before = await _held(unit, request.user_id, program)
            after = enrolling.entered(before, program, at, restart=request.restart)
            if after != before:
                await unit.enrolments.save(after)
            return my_program(after, program, await self._streak(unit, request))

    async def change(self, request: said.ChangeEnrolment) -> said.MyProgram:
        """Pauses, resumes or leaves.

        Raises:
            NotFound: they are not in such a program.
            Conflict: it is over.
        """
        program, at = self._program(request.program_id), self.clock()
        async with self.store.begin() as unit:
            before = await _held(unit, request.user_id, program)
            after = MOVES[request.wish](before, at)
            if after != before:
                await unit.enrolments.save(after)
            return my_program(after, program, await self._streak(unit, request))

    async def record(self, request: said.RecordDay) -> said.MyProgram:
        """Notes what was done on a day.

        Raises:
            NotFound: they are not in such a program.
            ValidationFailed: it has no such day.
            Conflict: they left it.
        """
        program, now = self._program(request.program_id), self.clock()
        async with self.store.begin() as unit:
            before = await _held(unit, request.user_id, program)
            known = done = enrolling.day_of(before, program, request.day)
            zone = zone_named(request.timezone, await unit.zones.zone_of(request.user_id))
            if request.complete:
                at = enrolling.believed(request.completed_at, before.enrolled_at, now)
                done = enrolling.completed(done, at, zone.key)
            if request.action_done is not None:
                done = enrolling.acted(done, now, did=request.action_done)
            if request.rating is not None:
                done = replace(done, rating=request.rating)
            after = before
            if done != known:
                after = enrolling.settled(enrolling.with_day(before, done, now), program, now)
                await unit.enrolments.save_day(after, done)
                await unit.enrolments.save(after)
            return my_program(after, program, await self._streak(unit, request))

    def _program(self, program_id: str) -> Program:
        program = self.programs.get(program_id)
        if program is None:
            raise NotFound("There is no such program")
        return program

    async def _streak(self, unit: Unit, request: said.OfAListener) -> Streaks:
        kept = await unit.zones.zone_of(request.user_id)
        now = Moment(self.clock(), zone_named(request.timezone, kept))
        found = await unit.enrolments.completions(request.user_id)
        return streaks((_moment(at, zone) for at, zone in found), now)


def _moment(at: datetime, zone: str) -> Moment:
    return Moment(at, zone_named(zone, "UTC"))


async def _held(unit: Unit, user_id: str, program: Program) -> Enrolment:
    return await _found(unit, user_id, program, hold=True)


async def _found(unit: Unit, user_id: str, program: Program, *, hold: bool) -> Enrolment:
    found = await unit.enrolments.find(user_id, program.id, hold=hold)
    if found is None:
        raise NotFound("You are not in this program")
    return found
