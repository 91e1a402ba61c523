"""What callers do with sessions: edit, delete, duplicate, mark."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http import CreatedSessionV3
from ab_shared.contracts.http_library import DuplicateIn, EditedSessionV3, EditIn
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import (
    NO_STORE,
    answer,
    parse_session_id,
    read_body,
    read_wish,
)
from ab_gateway.entrypoints.http.caring import caring
from ab_gateway.entrypoints.http.documents import PLANS, refusals, secured, takes
from ab_gateway.entrypoints.http.parts import Behind, InPerson
from ab_gateway.entrypoints.http.polling import look_again
from ab_gateway.entrypoints.http.request_key import RequestKey

router = APIRouter(prefix="/sessions/{session_id}", tags=["sessions"])


def done() -> Response:
    """That it is done, and no more."""
    return Response(status_code=204, headers=NO_STORE)


@router.patch(
    "",
    response_model=EditedSessionV3,
    responses=refusals(400, 401, 403, *PLANS, 404, 409, 413, 422),
    openapi_extra={**secured(), **takes(EditIn)},
    summary="Edit a session",
)
async def edit_session(
    request: Request,
    parts: Behind,
    caller: InPerson,
    session_id: str,
    key: RequestKey,
    if_match: Annotated[
        str | None, Header(description="The ETag of what is being edited; 409 for any other")
    ] = None,
) -> Response:
    """Changes title, goal, lines, voice or bed; what is left out stays.

    Only lines that are new are spoken, two reads each, and one generation is spent where at least
    one read is. The voice stays the one of the first render unless ``voiceId`` changes it, which
    speaks every line anew. A job that was making the audio of other lines is stopped; until the
    new one is done there is no audio, so that nobody hears what is no longer there.
    """
    session = parse_session_id(session_id)
    async with caring(request, caller):
        wanted = await read_body(request, EditIn)
        edited, etag = await parts.library.edit(caller, session, wanted, key, if_match)
    pending = look_again(pending=edited.audio_job_id is not None)
    return answer(edited, headers={"ETag": etag, **pending})


@router.delete(
    "",
    status_code=204,
    responses=refusals(400, 401, 403, 404),
    openapi_extra=secured(),
    summary="Delete a session",
)
async def delete_session(parts: Behind, caller: InPerson, session_id: str) -> Response:
    """For ever, with its jobs, offline files and links; again it is 204 too.

    A ``POST /sessions`` that is sent again with the ``localDraftId`` of a deleted session is a
    ``CONFLICT``: it does not come back.
    """
    await parts.library.keep.delete(caller, parse_session_id(session_id))
    return done()


@router.post(
    "/duplicate",
    status_code=201,
    response_model=CreatedSessionV3,
    responses=refusals(400, 401, 403, *PLANS, 404, 409, 413, 422),
    openapi_extra={**secured(), **takes(DuplicateIn, required=False)},
    summary="Make a session of one's own of it",
)
async def duplicate_session(
    request: Request, parts: Behind, caller: InPerson, session_id: str, key: RequestKey
) -> Response:
    """Of one of the catalogue or of one's own; costs a generation like every new session."""
    session = parse_session_id(session_id)
    wanted = await read_wish(request, DuplicateIn)
    made = await parts.library.keep.duplicate(caller, session, wanted, key)
    headers = {"Location": f"/v1/sessions/{made.id}", **look_again(pending=True)}
    return answer(made, 201, headers)


@router.put(
    "/favourite",
    status_code=204,
    responses=refusals(400, 401, 403, 404),
    openapi_extra=secured(),
    summary="Mark as a favourite",
)
async def mark_favourite(parts: Behind, caller: InPerson, session_id: str) -> Response:
    """One of the catalogue or of one's own; again changes nothing."""
    await parts.library.keep.mark(caller, parse_session_id(session_id), favourite=True)
    return done()


@router.delete(
    "/favourite",
    status_code=204,
    responses=refusals(400, 401, 403, 404),
    openapi_extra=secured(),
    summary="Unmark a favourite",
)
async def unmark_favourite(parts: Behind, caller: InPerson, session_id: str) -> Response:
    """Again changes nothing."""
    await parts.library.keep.mark(caller, parse_session_id(session_id), favourite=False)
    return done()
