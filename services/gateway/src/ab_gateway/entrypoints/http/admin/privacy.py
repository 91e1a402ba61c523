"""Erasures and exports: how far each is, and who is waited for."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http import JobEnvelope
from ab_shared.contracts.http_admin import PrivacyJobsOut, UserId
from ab_shared.contracts.privacy import MAX_PRIVACY_JOBS, ListPrivacyJobs
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ab_gateway.domain.paging import MAX_CURSOR_LENGTH
from ab_gateway.domain.presenting_admin import before_instant
from ab_gateway.domain.roles import Action, Administrator
from ab_gateway.entrypoints.http.admin.way_in import (
    MAY_SAY_WHY,
    AdminDesk,
    described,
    needs,
    reason_in,
)
from ab_gateway.entrypoints.http.answers import answer, parse_job_id

router = APIRouter(prefix="/admin/privacy-jobs")


@router.get(
    "",
    response_model=PrivacyJobsOut,
    summary="List erasures and exports",
    **described(Action.READ_PRIVACY, 400),
)
async def list_privacy_jobs(
    desk: AdminDesk,
    _by: Annotated[Administrator, needs(Action.READ_PRIVACY)],
    *,
    live: Annotated[bool | None, Query(description="Only live ones, or only ended ones")] = None,
    user_id: Annotated[
        UserId | None, Query(alias="userId", description="Only one user's, erased or not")
    ] = None,
    limit: Annotated[int, Query(description="Rows; brought into 1 to 200")] = 50,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR_LENGTH)] = None,
) -> Response:
    """Newest first; who was erased is named by a hash."""
    wanted = ListPrivacyJobs(
        live=live,
        user_id=user_id,
        before=before_instant(cursor or None),
        limit=max(1, min(limit, MAX_PRIVACY_JOBS)),
    )
    return answer(await desk.privacy.page(wanted))


@router.post(
    "/{job_id}/retry",
    response_model=JobEnvelope,
    summary="Push an erasure on",
    **described(Action.RETRY_PRIVACY, 400, 404, 409, 413, **MAY_SAY_WHY),
)
async def retry_privacy_job(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.RETRY_PRIVACY)],
    job_id: str,
) -> Response:
    """Asks again at once for all that a live erasure waits for; one that is over answers 409."""
    wanted = parse_job_id(job_id)
    return answer(await desk.privacy.retry(by, wanted, await reason_in(request)))
