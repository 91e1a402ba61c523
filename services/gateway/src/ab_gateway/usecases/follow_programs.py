"""Programs to begin, and those the caller is in."""

from __future__ import annotations

from datetime import datetime, timedelta

from ab_shared.contracts import http_programs as wire
from ab_shared.contracts import programs as said
from ab_shared.errors import NotFound, TransientError
from ab_shared.messaging.ports import Caller
from ab_shared.runtime.clock import Clock

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.presenting_programs import (
    my_program_out,
    my_programs_out,
    program_out,
    program_rows,
)

# They change with releases only.
FRESH = timedelta(minutes=1)
# How long the old list does, before somebody waits once more for whoever did not answer.
AGAIN_AFTER = timedelta(seconds=5)


class FollowPrograms:
    """Keeps the list of all programs for a minute, and for as long as nobody can say it anew."""

    def __init__(self, services: Caller, now: Clock) -> None:
        self._services = services
        self._now = now
        self._kept: said.ProgramList | None = None
        self._until: datetime | None = None

    async def list(self) -> wire.ProgramListOut:
        """Those that one can begin."""
        return program_rows(await self._all())

    async def read(self, program_id: str) -> wire.ProgramOut:
        """One of them, withdrawn or not; NotFound where there is none."""
        for program in (await self._all()).programs:
            if program.id == program_id:
                return program_out(program)
        raise NotFound("There is no such program")

    async def mine(self, caller: Identity, timezone: str | None) -> wire.MyProgramsOut:
        """All of the caller's but those they left."""
        request = said.ListMyPrograms(user_id=caller.user_id, timezone=timezone)
        return my_programs_out(await self._services.call(request))

    async def one_of_mine(
        self, caller: Identity, program_id: str, timezone: str | None
    ) -> wire.MyProgramOut:
        """NotFound unless they are or were in it."""
        request = said.GetMyProgram(
            user_id=caller.user_id, program_id=program_id, timezone=timezone
        )
        return my_program_out(await self._services.call(request))

    async def enrol(
        self, caller: Identity, program_id: str, wanted: wire.EnrolIn, timezone: str | None
    ) -> wire.MyProgramOut:
        """Begins it or takes it up again; Conflict where it takes nobody new."""
        request = said.Enrol(
            user_id=caller.user_id,
            program_id=program_id,
            restart=wanted.restart,
            timezone=timezone,
        )
        return my_program_out(await self._services.call(request))

    async def change(
        self, caller: Identity, program_id: str, wish: said.EnrolmentWish, timezone: str | None
    ) -> wire.MyProgramOut:
        """Pauses, resumes or leaves; Conflict where it is over."""
        request = said.ChangeEnrolment(
            user_id=caller.user_id, program_id=program_id, wish=wish, timezone=timezone
        )
        return my_program_out(await self._services.call(request))

    async def record(
        self,
        caller: Identity,
        place: tuple[str, int],
        wanted: wire.DayIn,
        timezone: str | None,
    ) -> wire.MyProgramOut:
        """Notes what was done on a day; ``place`` is the program's id and the day."""
        program_id, day = place
        complete = isinstance(wanted, wire.CompleteDayIn)
        request = said.RecordDay(
            user_id=caller.user_id,
            program_id=program_id,
            day=day,
            complete=complete,
            completed_at=wanted.completed_at if isinstance(wanted, wire.CompleteDayIn) else None,
            action_done=wanted.action_done,
            rating=wanted.rating,
            timezone=timezone,
        )
        return my_program_out(await self._services.call(request))

    async def _all(self) -> said.ProgramList:
        if self._kept is not None and self._until is not None and self._now() < self._until:
            return self._kept
        try:
            kept = await self._services.call(said.ListPrograms())
        except TransientError:
            if self._kept is None:
                raise
            self._until = self._now() + AGAIN_AFTER
            return self._kept
        self._kept, self._until = kept, self._now() + FRESH
        return kept
