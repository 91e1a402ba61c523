"""The queue of texts: looked at, and decided about one by one or many at once."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http_moderation import (
    DecidedManyOut,
    DecidedOut,
    DecideIn,
    DecideManyIn,
    FlaggedOut,
    ModerationStatsOut,
)
from ab_shared.contracts.moderation import MAX_FLAGGED, Status
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ab_gateway.domain.paging import MAX_CURSOR_LENGTH
from ab_gateway.domain.roles import Action, Administrator
from ab_gateway.entrypoints.http.admin.way_in import AdminDesk, described, needs
from ab_gateway.entrypoints.http.answers import answer, parse_item_id, read_body
from ab_gateway.entrypoints.http.documents import takes

router = APIRouter(prefix="/admin/moderation")
Looking = Annotated[Administrator, needs(Action.READ_TEXTS)]
Deciding = Annotated[Administrator, needs(Action.DECIDE_TEXTS)]


@router.get(
    "/stats",
    response_model=ModerationStatsOut,
    summary="How the checking of texts stands",
    **described(Action.READ_TEXTS),
)
async def moderation_stats(desk: AdminDesk, _by: Looking) -> Response:
    """How many texts in use are approved, pending or rejected, by whom and for what."""
    return answer(await desk.texts.stats())


@router.get(
    "/flagged",
    response_model=FlaggedOut,
    summary="List texts that wait, or are decided",
    **described(Action.READ_TEXTS, 400),
)
async def list_flagged(
    desk: AdminDesk,
    by: Looking,
    *,
    status: Annotated[Status, Query(description="Which ones")] = "pending",
    limit: Annotated[int, Query(description="Rows; brought into 1 to 100")] = 50,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR_LENGTH)] = None,
) -> Response:
    """Longest known first. Who may decide reads the texts too, and that is audited."""
    rows = max(1, min(limit, MAX_FLAGGED))
    return answer(await desk.texts.flagged(by, status, cursor or None, rows))


@router.post(
    "/decide",
    response_model=DecidedManyOut,
    summary="Decide about many texts",
    **described(Action.DECIDE_TEXTS, 400, 413, **takes(DecideManyIn)),
)
async def decide_many(request: Request, desk: AdminDesk, by: Deciding) -> Response:
    """At most 50, each by itself, with what became of it; again changes nothing."""
    return answer(await desk.texts.decide_many(by, await read_body(request, DecideManyIn)))


@router.post(
    "/{item_id}/decide",
    response_model=DecidedOut,
    summary="Decide about a text",
    **described(Action.DECIDE_TEXTS, 400, 404, 413, **takes(DecideIn)),
)
async def decide_one(request: Request, desk: AdminDesk, by: Deciding, item_id: str) -> Response:
    """Wherever it stands: what is rejected is played by nobody, and its jobs are stopped."""
    wanted = parse_item_id(item_id)
    return answer(await desk.texts.decide(by, wanted, await read_body(request, DecideIn)))
