"""All that is held of the caller, to take away."""

from __future__ import annotations

from typing import Annotated, Any

from ab_shared.contracts.http_exporting import ExportOut
from fastapi import APIRouter, Query
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer
from ab_gateway.entrypoints.http.documents import refusals, secured
from ab_gateway.entrypoints.http.parts import Behind, InPerson

router = APIRouter(prefix="/me", tags=["me"])
RETRY_SECONDS = 3
READY: dict[int | str, dict[str, Any]] = {
    200: {"description": "The archive is ready"},
    202: {"model": ExportOut, "description": "It is being made; ask again after Retry-After"},
}


@router.get(
    "/export",
    response_model=ExportOut,
    responses={**READY, **refusals(400, 401, 403)},
    openapi_extra=secured(),
    summary="Take my data away",
)
async def export(
    parts: Behind,
    caller: InPerson,
    *,
    fresh: Annotated[
        bool, Query(description="Make a new archive although there is one; one a day at most")
    ] = False,
) -> Response:
    """A ZIP of everything held: JSON, your tracks and offline files. Kept for a week.

    The first call begins it and answers 202 with the job; ask again (or watch the job) until it
    is 200 with a URL. Not while somebody impersonates the user.
    """
    made = await parts.export_me(caller, fresh=fresh)
    if made.url is None:
        return answer(made, 202, {"Retry-After": str(RETRY_SECONDS)})
    return answer(made)
