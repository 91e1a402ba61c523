"""Everybody's jobs: looked at, cancelled, begun again."""

from __future__ import annotations

from typing import Annotated, Literal

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

router = APIRouter(prefix="/admin/jobs")
Show = Literal["all", "live", "failed", "ready"]
STAGES: dict[Show, tuple[JobStage, ...]] = {
    "all": (),
    "live": ("queued", "speaking", "preparing", "merging"),
    "failed": ("failed", "cancelled"),
    "ready": ("ready",),
}


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
    limit: Annotated[int, Query(description="Rows; brought into 1 to 200")] = 50,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR_LENGTH)] = None,
) -> Response:
    """Audio jobs, newest first."""
    rows = max(1, min(limit, MAX_JOBS))
    before = before_instant(cursor or None)
    return answer(await desk.jobs.page(ListJobs(stages=STAGES[show], before=before, limit=rows)))


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
    response_model=JobEnvelope,
    summary="Cancel a job",
    **described(Action.CANCEL_JOBS, 400, 404, 409, 413, **MAY_SAY_WHY),
)
async def cancel_any_job(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.CANCEL_JOBS)],
    job_id: str,
) -> Response:
    """Ends a live job as if its owner had; its generation goes back."""
    wanted = parse_job_id(job_id)
    return answer(await desk.jobs.cancel(by, wanted, await reason_in(request)))


@router.post(
    "/{job_id}/retry",
    response_model=JobEnvelope,
    summary="Try a failed job again",
    **described(Action.RETRY_JOBS, 400, 404, 409, 413, **MAY_SAY_WHY),
)
async def retry_any_job(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.RETRY_JOBS)],
    job_id: str,
) -> Response:
    """Begins a failed or cancelled job again, at no cost to its owner; any other answers 409."""
    wanted = parse_job_id(job_id)
    return answer(await desk.jobs.retry(by, wanted, await reason_in(request)))


@router.post(
    "/{job_id}/requeue",
    response_model=JobEnvelope,
    summary="Ask anew for all a job waits for",
    **described(Action.REQUEUE_JOBS, 400, 404, 409, 413, **MAY_SAY_WHY),
)
async def requeue_any_job(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.REQUEUE_JOBS)],
    job_id: str,
) -> Response:
    """As retry, and a live job asks again for everything it waits for; a finished one is 409."""
    wanted = parse_job_id(job_id)
    return answer(await desk.jobs.requeue(by, wanted, await reason_in(request)))
