"""Programs: courses of days and paths of chapters, and how far the caller is in them."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http import ApiModel
from ab_shared.contracts.http_programs import (
    CompleteDayIn,
    DayIn,
    EnrolIn,
    MyProgramOut,
    MyProgramsOut,
    ProgramListOut,
    ProgramOut,
)
from ab_shared.contracts.programs import MOST_STEPS
from ab_shared.errors import NotFound
from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer, read_body, read_wish
from ab_gateway.entrypoints.http.documents import refusals, secured, takes, unchanged
from ab_gateway.entrypoints.http.fixed_body import FixedBody
from ab_gateway.entrypoints.http.me import TimeZone
from ab_gateway.entrypoints.http.parts import Behind, InPerson, KnownCaller, counted_address

router = APIRouter(tags=["programs"])
LONGEST_ID = 64
PUBLIC = [Depends(counted_address)]
Day = Annotated[int, Path(ge=1, le=MOST_STEPS)]


@router.get(
    "/programs",
    response_model=ProgramListOut,
    responses={**unchanged(), **refusals()},
    dependencies=PUBLIC,
    summary="List the programs",
)
async def list_programs(request: Request, parts: Behind) -> Response:
    """Every course and path that one can begin."""
    return _public(request, await parts.programs.list())


@router.get(
    "/programs/{program_id}",
    response_model=ProgramOut,
    responses={**unchanged(), **refusals(404)},
    dependencies=PUBLIC,
    summary="Read a program",
)
async def read_program(request: Request, parts: Behind, program_id: str) -> Response:
    """All its days. A withdrawn program is in no list, but can be read by those who are in it."""
    return _public(request, await parts.programs.read(program_id))


@router.post(
    "/programs/{program_id}/enroll",
    response_model=MyProgramOut,
    responses=refusals(400, 401, 403, 404, 409, 413),
    openapi_extra={**secured(), **takes(EnrolIn, required=False)},
    summary="Begin a program",
)
async def enrol(
    request: Request, parts: Behind, caller: InPerson, program_id: str, x_timezone: TimeZone = None
) -> Response:
    """Begins it, or goes on with one that was paused or left; again it changes nothing.

    A withdrawn program takes nobody new (409). The body may be left out.
    """
    wanted = await read_wish(request, EnrolIn)
    return answer(await parts.programs.enrol(caller, _id(program_id), wanted, x_timezone))


@router.get(
    "/me/programs",
    response_model=MyProgramsOut,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="Which programs am I in?",
)
async def my_programs(parts: Behind, caller: KnownCaller, x_timezone: TimeZone = None) -> Response:
    """All but those that were left, last touched first, and the streak over all of them."""
    return answer(await parts.programs.mine(caller, x_timezone))


@router.get(
    "/me/programs/{program_id}",
    response_model=MyProgramOut,
    responses=refusals(401, 404),
    openapi_extra=secured(),
    summary="How far am I in a program?",
)
async def my_program(
    parts: Behind, caller: KnownCaller, program_id: str, x_timezone: TimeZone = None
) -> Response:
    """What was done on each day, and which one is next."""
    return answer(await parts.programs.one_of_mine(caller, _id(program_id), x_timezone))


@router.post(
    "/me/programs/{program_id}/days/{day}/complete",
    response_model=MyProgramOut,
    responses=refusals(400, 401, 403, 404, 409, 413),
    openapi_extra={**secured(), **takes(CompleteDayIn)},
    summary="Complete a day",
)
async def complete_day(
    request: Request,
    parts: Behind,
    caller: InPerson,
    program_id: str,
    day: Day,
    x_timezone: TimeZone = None,
) -> Response:
    """In any order, and twice is once: of two moments the earlier one counts.

    After the last day the program is finished. The body may be left out.
    """
    wanted = await read_wish(request, CompleteDayIn)
    place = (_id(program_id), day)
    return answer(await parts.programs.record(caller, place, wanted, x_timezone))


@router.put(
    "/me/programs/{program_id}/days/{day}",
    response_model=MyProgramOut,
    responses=refusals(400, 401, 403, 404, 409, 413),
    openapi_extra={**secured(), **takes(DayIn)},
    summary="Note an action or a rating",
)
async def note_day(
    request: Request,
    parts: Behind,
    caller: InPerson,
    program_id: str,
    day: Day,
    x_timezone: TimeZone = None,
) -> Response:
    """Whether the small action of a day was done, and how it felt, without completing it."""
    place, wanted = (_id(program_id), day), await read_body(request, DayIn)
    return answer(await parts.programs.record(caller, place, wanted, x_timezone))


@router.post(
    "/me/programs/{program_id}/pause",
    response_model=MyProgramOut,
    responses=refusals(401, 403, 404, 409),
    openapi_extra=secured(),
    summary="Pause a program",
)
async def pause_program(
    parts: Behind, caller: InPerson, program_id: str, x_timezone: TimeZone = None
) -> Response:
    """It is suggested no more; days can still be completed. 409 when it is over."""
    return answer(await parts.programs.change(caller, _id(program_id), "pause", x_timezone))


@router.post(
    "/me/programs/{program_id}/resume",
    response_model=MyProgramOut,
    responses=refusals(401, 403, 404, 409),
    openapi_extra=secured(),
    summary="Go on with a program",
)
async def resume_program(
    parts: Behind, caller: InPerson, program_id: str, x_timezone: TimeZone = None
) -> Response:
    """After a pause. 409 when it is over."""
    return answer(await parts.programs.change(caller, _id(program_id), "resume", x_timezone))


@router.post(
    "/me/programs/{program_id}/leave",
    response_model=MyProgramOut,
    responses=refusals(401, 403, 404),
    openapi_extra=secured(),
    summary="Leave a program",
)
async def leave_program(
    parts: Behind, caller: InPerson, program_id: str, x_timezone: TimeZone = None
) -> Response:
    """What was done stays known: whoever enrols again goes on where they were."""
    return answer(await parts.programs.change(caller, _id(program_id), "leave", x_timezone))


def _public(request: Request, body: ApiModel) -> Response:
    return FixedBody(body.model_dump_json().encode(), "application/json").answer(request)


def _id(program_id: str) -> str:
    if len(program_id) > LONGEST_ID:
        raise NotFound("There is no such program")
    return program_id
