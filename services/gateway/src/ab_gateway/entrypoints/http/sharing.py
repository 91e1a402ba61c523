"""Links by which others hear a session, and what they show."""

from __future__ import annotations

from ab_shared.contracts.http import CreatedSessionV3
from ab_shared.contracts.http_library import (
    DuplicateIn,
    NewShareOut,
    SharedSessionOut,
    ShareIn,
    ShareListOut,
)
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import (
    answer,
    parse_session_id,
    parse_share_id,
    read_wish,
)
from ab_gateway.entrypoints.http.documents import PLANS, refusals, secured, takes
from ab_gateway.entrypoints.http.library import done
from ab_gateway.entrypoints.http.parts import Behind, InPerson, KnownCaller, counted_address
from ab_gateway.entrypoints.http.polling import look_again
from ab_gateway.entrypoints.http.request_key import RequestKey
from ab_gateway.usecases.share_session import hash_of

router = APIRouter(tags=["sessions"])


@router.post(
    "/sessions/{session_id}/share",
    status_code=201,
    response_model=NewShareOut,
    responses=refusals(400, 401, 403, 404, 409, 413, 422),
    openapi_extra={**secured(), **takes(ShareIn, required=False)},
    summary="Make a link to a session",
)
async def share_session(
    request: Request, parts: Behind, caller: InPerson, session_id: str, key: RequestKey
) -> Response:
    """Whoever holds the link may read and hear the session until it expires or is revoked.

    Only for lines that have all been approved, else ``CONFLICT``.
    """
    session = parse_session_id(session_id)
    wanted = await read_wish(request, ShareIn)
    return answer(await parts.library.links.share(caller, session, wanted, key), 201)


@router.get(
    "/sessions/{session_id}/shares",
    response_model=ShareListOut,
    responses=refusals(400, 401, 403, 404),
    openapi_extra=secured(),
    summary="List the links to a session",
)
async def list_shares(parts: Behind, caller: KnownCaller, session_id: str) -> Response:
    """Those that hold, newest first, without their tokens."""
    return answer(await parts.library.links.list(caller, parse_session_id(session_id)))


@router.delete(
    "/sessions/{session_id}/shares/{share_id}",
    status_code=204,
    responses=refusals(400, 401, 403, 404),
    openapi_extra=secured(),
    summary="Revoke a link",
)
async def revoke_share(parts: Behind, caller: InPerson, session_id: str, share_id: str) -> Response:
    """From now on it leads nowhere; again changes nothing."""
    await parts.library.links.revoke(caller, parse_session_id(session_id), parse_share_id(share_id))
    return done()


@router.get(
    "/shared/{token}",
    response_model=SharedSessionOut,
    responses=refusals(404),
    dependencies=[Depends(counted_address)],
    summary="Open a link",
)
async def open_share(parts: Behind, token: str) -> Response:
    """Title, lines and everything to play, for whoever holds the link.

    Unknown, expired, revoked or guessed: one ``NOT_FOUND`` for all.
    """
    return answer(await parts.library.links.open(token))


@router.post(
    "/shared/{token}/duplicate",
    status_code=201,
    response_model=CreatedSessionV3,
    responses=refusals(400, 401, 403, *PLANS, 404, 409, 413, 422),
    openapi_extra={**secured(), **takes(DuplicateIn, required=False)},
    summary="Make a session of one's own of a shared one",
)
async def duplicate_shared(
    request: Request, parts: Behind, caller: InPerson, token: str, key: RequestKey
) -> Response:
    """Costs a generation like every new session; it stays when the link has expired."""
    wanted = await read_wish(request, DuplicateIn)
    made = await parts.library.keep.duplicate_shared(caller, hash_of(token), wanted, key)
    headers = {"Location": f"/v1/sessions/{made.id}", **look_again(pending=True)}
    return answer(made, 201, headers)
