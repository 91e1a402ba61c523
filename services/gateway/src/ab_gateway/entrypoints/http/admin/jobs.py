"""Everybody's jobs: looked at, cancelled, begun again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from ab_shared.contracts.http import JobEnvelope
from ab_shared.contracts.http_admin import AdminJobOut, AdminJobsOut
from ab_shared.contracts.job_desk import MAX_JOBS, ListJobs
from ab_shared.contracts.jobs import JobStage
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
from ab_gateway.entrypoints.http.request_key import RequestKey

router = APIRouter(prefix="/admin/jobs")
Deed = Callable[[Administrator, UUID, str | None, str | None], Awaitable[JobEnvelope]]
Show = Literal["all", "live", "failed", "ready"]
Kind = Literal["audio", "mixdown"]
FILE_STAGES: dict[Show, tuple[JobStage, ...]] = {"live": ("queued", "mixing")}
STAGES: dict[Show, tuple[JobStage, ...]] = {
    "all": (),
    "live": ("queued", "speaking", "preparing", "merging"),
    "failed": ("failed", "cancelled"),
    "ready": ("ready",),
}


def _deed(right: Action) -> dict[str, Any]:
    """What the document says of every route that changes a job."""
    told = described(right, 400, 404, 409, 413, 422, **MAY_SAY_WHY)
    return {"response_model": JobEnvelope, **told}


@router.get(
    "",
    response_model=AdminJobsOut,
    summary="List everybody's jobs",
    **described(Action.READ_JOBS, 400),
)
async def list_any_jobs(
    desk: AdminDesk,
    _by: Annotated[Administrator, needs(Action.READ_JOBS)],
    *,
    show: Annotated[Show, Query(description="Which ones")] = "all",
    kind: Annotated[Kind, Query(description="Audio jobs, or those for offline files")] = "audio",
    limit: Annotated[int, Query(description="Rows; brought into 1 to 200")] = 50,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR_LENGTH)] = None,
) -> Response:
    """Audio jobs or jobs for offline files, newest first."""
    stages = FILE_STAGES.get(show, STAGES[show]) if kind == "mixdown" else STAGES[show]
    before = before_instant(cursor or None)
    rows = max(1, min(limit, MAX_JOBS))
    wanted = ListJobs(kind=kind, stages=stages, before=before, limit=rows)
    return answer(await desk.jobs.page(wanted))


@router.get(
    "/{job_id}",
    response_model=AdminJobOut,
    summary="Look at a job",
    **described(Action.READ_JOBS, 400, 404),
)
async def read_any_job(
    desk: AdminDesk, _by: Annotated[Administrator, needs(Action.READ_JOBS)], job_id: str
) -> Response:
    """Anybody's job, an offline file's too."""
    return answer(await desk.jobs.read(parse_job_id(job_id)))


@router.post(
    "/{job_id}/cancel",
    summary="Cancel a job",
    **_deed(Action.CANCEL_JOBS),
)
async def cancel_any_job(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.CANCEL_JOBS)],
    job_id: str,
    key: RequestKey,
) -> Response:
    """Ends a live job as if its owner had; its generation goes back."""
    return await _done(request, desk.jobs.cancel, by, job_id, key)


@router.post(
    "/{job_id}/retry",
    summary="Try a failed job again",
    **_deed(Action.RETRY_JOBS),
)
async def retry_any_job(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.RETRY_JOBS)],
    job_id: str,
    key: RequestKey,
) -> Response:
    """Begins a failed or cancelled job again, at no cost to its owner; any other answers 409."""
    return await _done(request, desk.jobs.retry, by, job_id, key)


@router.post(
    "/{job_id}/requeue",
    summary="Ask anew for all a job waits for",
    **_deed(Action.REQUEUE_JOBS),
)
async def requeue_any_job(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.REQUEUE_JOBS)],
    job_id: str,
    key: RequestKey,
) -> Response:
    """As retry, and a live job asks again for everything it waits for; a finished one is 409."""
    return await _done(request, desk.jobs.requeue, by, job_id, key)


async def _done(
    request: Request, deed: Deed, by: Administrator, job_id: str, key: str | None
) -> Response:
    wanted = parse_job_id(job_id)
    return answer(await deed(by, wanted, await reason_in(request), key))
