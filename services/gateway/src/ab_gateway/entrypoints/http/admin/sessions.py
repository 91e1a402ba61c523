"""Everybody's sessions: looked at, their sounds checked and made again."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http_admin_sessions import (
    AdminSessionOut,
    AdminSessionsOut,
    IntegrityOut,
    MustSayWhyIn,
    RebuildIn,
    RebuiltOut,
    SessionLinesOut,
)
from ab_shared.contracts.rpc import Source
from ab_shared.contracts.session_desk import MAX_SESSIONS, ListAnySessions, SessionState
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ab_gateway.domain.paging import MAX_CURSOR_LENGTH
from ab_gateway.domain.presenting_desk import before_mark
from ab_gateway.domain.roles import Action, Administrator
from ab_gateway.entrypoints.http.admin.way_in import AdminDesk, described, needs
from ab_gateway.entrypoints.http.answers import answer, parse_session_id, read_body
from ab_gateway.entrypoints.http.documents import takes
from ab_gateway.entrypoints.http.request_key import RequestKey

router = APIRouter(prefix="/admin/sessions")
Looking = Annotated[Administrator, needs(Action.READ_SESSIONS)]
Word = Annotated[str | None, Query(max_length=255, pattern=r"^[^\x00]*$")]
MAY_SAY_HOW = {"requestBody": {**takes(RebuildIn)["requestBody"], "required": False}}


@router.get(
    "",
    response_model=AdminSessionsOut,
    summary="List everybody's sessions",
    **described(Action.READ_SESSIONS, 400),
)
async def list_any_sessions(
    desk: AdminDesk,
    _by: Looking,
    *,
    owner: Annotated[Word, Query(alias="ownerUserId", description="Only one user's")] = None,
    source: Annotated[Source | None, Query(description="Whose kind")] = None,
    state: Annotated[SessionState | None, Query(description="How they stand")] = None,
    goal: Annotated[Word, Query(description="Goal tag, in any case")] = None,
    limit: Annotated[int, Query(description="Rows; brought into 1 to 200")] = 50,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR_LENGTH)] = None,
) -> Response:
    """Newest first, without titles and lines."""
    wanted = ListAnySessions(
        owner_user_id=owner or None,
        source=source,
        state=state,
        goal=goal or None,
        before=before_mark(cursor or None),
        limit=max(1, min(limit, MAX_SESSIONS)),
    )
    return answer(await desk.sessions.page(wanted))


@router.get(
    "/{session_id}",
    response_model=AdminSessionOut,
    summary="Look at a session",
    **described(Action.READ_SESSIONS, 400, 404),
)
async def read_any_session(desk: AdminDesk, _by: Looking, session_id: str) -> Response:
    """Anybody's session with its newest job, without what its owner wrote."""
    return answer(await desk.sessions.read(parse_session_id(session_id)))


@router.delete(
    "/{session_id}",
    status_code=204,
    summary="Delete a session",
    **described(Action.DELETE_SESSIONS, 400, 404, 409, 413, **takes(MustSayWhyIn)),
)
async def delete_any_session(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.DELETE_SESSIONS)],
    session_id: str,
) -> Response:
    """As if its owner had, with a reason for the trail; one of the catalogue answers 409."""
    wanted = parse_session_id(session_id)
    why = (await read_body(request, MustSayWhyIn)).reason
    await desk.sessions.delete(by, wanted, why)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})


@router.post(
    "/{session_id}/lines",
    response_model=SessionLinesOut,
    summary="Read what somebody wrote",
    **described(Action.READ_LINES, 400, 404, 413, **takes(MustSayWhyIn)),
)
async def read_any_lines(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.READ_LINES)],
    session_id: str,
) -> Response:
    """Title and lines, for a reason that stays in the trail."""
    wanted = parse_session_id(session_id)
    why = (await read_body(request, MustSayWhyIn)).reason
    return answer(await desk.sessions.lines(by, wanted, why))


@router.get(
    "/{session_id}/audio-integrity",
    response_model=IntegrityOut,
    summary="Check every stored sound of a session",
    **described(Action.READ_SESSIONS, 400, 404),
)
async def audio_integrity(
    desk: AdminDesk,
    _by: Looking,
    session_id: str,
    *,
    deep: Annotated[
        bool, Query(description="Read the bytes and hash them, up to 96 MiB in all")
    ] = False,
) -> Response:
    """Track, stems, offline files and what the track was made of: there, whole, as recorded?"""
    return answer(await desk.sessions.integrity(parse_session_id(session_id), deep=deep))


@router.post(
    "/{session_id}/rebuild-audio",
    response_model=RebuiltOut,
    summary="Make a session's audio again",
    **described(Action.REBUILD_AUDIO, 400, 404, 409, 413, 422, **MAY_SAY_HOW),
)
async def rebuild_audio(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.REBUILD_AUDIO)],
    session_id: str,
    key: RequestKey,
) -> Response:
    """Free: where something that is heard is broken, with ``force`` always. A live job is 409."""
    wanted = parse_session_id(session_id)
    how = await read_body(request, RebuildIn) if await request.body() else RebuildIn()
    return answer(await desk.sessions.rebuild(by, wanted, how, key))
