"""Everything a caller keeps offline, in one call."""

from __future__ import annotations

from ab_shared.contracts.http_offline import OfflineOut
from fastapi import APIRouter
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import NO_STORE, answer, parse_session_id
from ab_gateway.entrypoints.http.documents import refusals, secured
from ab_gateway.entrypoints.http.parts import Behind, InPerson, KnownCaller

router = APIRouter(prefix="/me/offline", tags=["me"])


@router.get(
    "",
    response_model=OfflineOut,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="What do I keep offline, and may I still?",
)
async def list_offline(parts: Behind, caller: KnownCaller) -> Response:
    """For a device that has just come online: each session whose files were handed out.

    Renews the licence of all of them, and says which to fetch anew, which to lock, which to delete.
    """
    return answer(await parts.keep_offline.shelf(caller))


@router.delete(
    "/{session_id}",
    status_code=204,
    response_class=Response,
    responses=refusals(400, 401, 403, 404),
    openapi_extra=secured(),
    summary="I have deleted its files",
)
async def forget_offline(parts: Behind, caller: InPerson, session_id: str) -> Response:
    """The session is no longer listed, on any device, until its manifest is fetched again."""
    await parts.keep_offline.forget(caller, parse_session_id(session_id))
    return Response(status_code=204, headers=NO_STORE)
