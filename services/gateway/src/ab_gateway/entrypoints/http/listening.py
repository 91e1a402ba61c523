"""What was listened to, and what to listen to next."""

from __future__ import annotations

from ab_shared.contracts.http_curation import ShelfOut
from ab_shared.contracts.http_listening import (
    ListeningIn,
    ListeningOut,
    RecordedBatchIn,
    RecordedOut,
)
from fastapi import APIRouter, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer, parse_session_id, read_body
from ab_gateway.entrypoints.http.documents import refusals, secured, takes
from ab_gateway.entrypoints.http.me import TimeZone
from ab_gateway.entrypoints.http.parts import Behind, InPerson, KnownCaller
from ab_gateway.entrypoints.http.request_key import RequestKey

router = APIRouter(tags=["listening"])


@router.post(
    "/sessions/{session_id}/events",
    response_model=ListeningOut,
    responses=refusals(400, 401, 403, 404, 413),
    openapi_extra={**secured(), **takes(ListeningIn)},
    summary="Tell what I did just now",
)
async def tell(
    session_id: str,
    request: Request,
    parts: Behind,
    caller: InPerson,
    key: RequestKey,
    x_timezone: TimeZone = None,
) -> Response:
    """Counts for the shelf. Under an `Idempotency-Key` it counts once, for as long as it is kept.

    `abandon` within 90 seconds of the `start`, or of less than 90 seconds listened, counts as not
    liked.
    """
    wanted = parse_session_id(session_id)
    event = await read_body(request, ListeningIn)
    return answer(await parts.listening.at_once(caller, wanted, event, x_timezone, key))


@router.post(
    "/events",
    response_model=RecordedOut,
    responses=refusals(400, 401, 403, 413),
    openapi_extra={**secured(), **takes(RecordedBatchIn)},
    summary="Tell what I did while offline",
)
async def tell_later(
    request: Request, parts: Behind, caller: InPerson, x_timezone: TimeZone = None
) -> Response:
    """Up to 500 events in any order; each `clientEventId` counts once, however often it comes.

    What is rejected (`session`: not yours or gone, `type`, `time`, `future`: more than 26 hours
    ahead, `too_old`, `metadata`, `id`: no readable `clientEventId`, so its `index` names it) stays
    rejected: forget it. A clock that is wrong is made good with `sentAt`.
    """
    batch = await read_body(request, RecordedBatchIn)
    return answer(await parts.listening.later(caller, batch, x_timezone))


@router.get(
    "/me/curation",
    response_model=ShelfOut,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="What is for me now?",
)
async def shelf(parts: Behind, caller: KnownCaller, x_timezone: TimeZone = None) -> Response:
    """The "For you" shelf of this hour in the caller's zone: other cards as they listen.

    No recipe (session and background) is shown more than two days running.
    """
    return answer(await parts.listening.shelf(caller, x_timezone))
