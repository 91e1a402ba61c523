"""Sessions: make, list, read, and what a player needs of them."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http import (
    AudioReportOut,
    BundleEnvelope,
    CreatedSessionV3,
    DraftSession,
    EnsureAudioOut,
    SessionList,
    SessionV3,
)
from ab_shared.contracts.http_library import MAX_SEARCH_LENGTH
from ab_shared.errors import AudioNotReady
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ab_gateway.domain.paging import MAX_CURSOR_LENGTH, Sought, clamp_limit, clamp_offset
from ab_gateway.entrypoints.http.answers import answer, parse_session_id, read_body, text_of
from ab_gateway.entrypoints.http.caring import caring
from ab_gateway.entrypoints.http.documents import PLANS, refusals, secured, takes
from ab_gateway.entrypoints.http.parts import AnyCaller, Behind, InPerson, KnownCaller
from ab_gateway.entrypoints.http.polling import look_again
from ab_gateway.entrypoints.http.request_key import RequestKey

router = APIRouter(prefix="/sessions", tags=["sessions"])


@router.get(
    "",
    response_model=SessionList,
    responses=refusals(400, 401),
    openapi_extra=secured(optional=True),
    summary="List what can be played",
)
async def list_sessions(
    parts: Behind,
    caller: AnyCaller,
    limit: Annotated[int, Query(description="Rows of the page; brought into 1 to 100")] = 50,
    offset: Annotated[int, Query(description="Rows before the page")] = 0,
    cursor: Annotated[
        str | None,
        Query(
            max_length=MAX_CURSOR_LENGTH,
            description="`nextCursor` of the page before; with it `offset` counts for nothing",
        ),
    ] = None,
    q: Annotated[
        str | None,
        Query(max_length=MAX_SEARCH_LENGTH, description="In the title, whatever accents and case"),
    ] = None,
    goal: Annotated[str | None, Query(max_length=64, description="Sessions with this goal")] = None,
    *,
    favourites: Annotated[bool, Query(description="The caller's favourites only")] = False,
) -> Response:
    """Catalogue rows first, then own sessions, newest first; without a token the catalogue only."""
    rows, skipped = clamp_limit(limit), 0 if cursor else clamp_offset(offset)
    # Some clients send parameters they have no value for.
    sought = Sought(text_of(q, "q"), text_of(goal, "goal"), favourites)
    return answer(await parts.list_sessions(caller, rows, skipped, cursor or None, sought))


@router.post(
    "",
    status_code=201,
    response_model=CreatedSessionV3,
    responses=refusals(400, 401, 403, *PLANS, 409, 413, 422),
    openapi_extra={**secured(), **takes(DraftSession)},
    summary="Make a session",
)
async def create_session(
    request: Request, parts: Behind, caller: InPerson, key: RequestKey
) -> Response:
    """Makes a session and starts its audio job (``_audioJobId``).

    The same ``localDraftId`` or ``Idempotency-Key`` again answers the same session and job and
    spends nothing.
    """
    async with caring(request, caller):
        draft = await read_body(request, DraftSession)
        made = await parts.create_session(caller, draft, key)
    headers = {"Location": f"/v1/sessions/{made.id}", **look_again(pending=True)}
    return answer(made, 201, headers)


@router.get(
    "/{session_id}",
    response_model=SessionV3,
    responses=refusals(400, 401, 404),
    openapi_extra=secured(optional=True),
    summary="Read a session",
)
async def read_session(parts: Behind, caller: AnyCaller, session_id: str) -> Response:
    """One session of the caller's or of the catalogue; anybody else's does not exist."""
    return answer(await parts.read_session(caller, parse_session_id(session_id)))


@router.post(
    "/{session_id}/ensure-audio",
    response_model=EnsureAudioOut,
    responses=refusals(400, 401, 403, *PLANS, 404, 409, 422),
    openapi_extra=secured(),
    summary="Make sure there is audio",
)
async def ensure_audio(
    parts: Behind, caller: InPerson, session_id: str, key: RequestKey
) -> Response:
    """Ready, or pending with the one live job of the session."""
    state = await parts.ensure_audio(caller, parse_session_id(session_id), key)
    return answer(state, headers=look_again(pending=state.job_id is not None))


@router.get(
    "/{session_id}/playback-bundle",
    response_model=BundleEnvelope,
    responses=refusals(400, 401, 404, AudioNotReady),
    openapi_extra=secured(optional=True),
    summary="Get everything to play",
)
async def playback_bundle(parts: Behind, caller: AnyCaller, session_id: str) -> Response:
    """Signed URLs of the three layers, the mix and where the voice speaks."""
    return answer(await parts.read_bundle(caller, parse_session_id(session_id)))


@router.get(
    "/{session_id}/audio-report",
    response_model=AudioReportOut,
    responses=refusals(400, 401, 404, AudioNotReady),
    openapi_extra=secured(),
    summary="Get what was measured",
)
async def audio_report(parts: Behind, caller: KnownCaller, session_id: str) -> Response:
    """Loudness, peak, duration and checksum of the track, and what making it took."""
    return answer(await parts.read_report(caller, parse_session_id(session_id)))
