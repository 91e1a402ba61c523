"""Audio jobs: read, watch, cancel."""

from __future__ import annotations

from typing import Annotated, Any

from ab_shared.contracts.http import JobEnvelope
from fastapi import APIRouter, Header
from starlette.responses import Response

from ab_gateway.domain import presenting
from ab_gateway.domain.jobs import is_over
from ab_gateway.entrypoints.http.answers import NO_STORE, answer, parse_job_id
from ab_gateway.entrypoints.http.documents import SCHEMA, refusals, secured
from ab_gateway.entrypoints.http.event_stream import EventStream, Frames
from ab_gateway.entrypoints.http.parts import Behind, KnownCaller
from ab_gateway.entrypoints.http.polling import look_again
from ab_gateway.entrypoints.http.privacy import JobReader
from ab_gateway.entrypoints.http.request_key import RequestKey

router = APIRouter(prefix="/jobs", tags=["jobs"])
# What is longer may fit no bigint: it is no version of ours.
MAX_VERSION_DIGITS = 18
FRAMES = Frames()
# OpenAPI before 3.2 has no word for a stream; its tools read this as the schema of each event.
JOB_EVENT = {
    "type": "object",
    "required": ["id", "data"],
    "properties": {
        "id": {"type": "string", "description": "The version of the job", "pattern": "^[0-9]+$"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": f"{SCHEMA}JobEnvelope"},
        },
    },
}
STREAM_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One event a change: data is the body of GET /jobs/{id}, id its version",
        "content": {"text/event-stream": {"schema": JOB_EVENT}},
    },
    204: {"description": "The job is over and its last version was seen"},
}


@router.get(
    "/{job_id}",
    response_model=JobEnvelope,
    responses=refusals(400, 401, 404),
    openapi_extra=secured(optional=True),
    summary="Read a job",
)
async def read_job(parts: Behind, caller: JobReader, job_id: str) -> Response:
    """A job as it is now; made to be polled, no sooner than ``Retry-After`` says.

    Only the job of an erasure is read without a token: whoever asked for it has none left.
    """
    snapshot = await parts.read_job(caller, parse_job_id(job_id))
    return answer(presenting.job(snapshot), headers=look_again(pending=not is_over(snapshot)))


@router.post(
    "/{job_id}/cancel",
    response_model=JobEnvelope,
    responses=refusals(400, 401, 404, 409, 422),
    openapi_extra=secured(),
    summary="Cancel a job",
)
async def cancel_job(parts: Behind, caller: KnownCaller, job_id: str, key: RequestKey) -> Response:
    """Stops a live job and gives its generation back; a finished one answers 409."""
    return answer(presenting.job(await parts.cancel_job(caller, parse_job_id(job_id), key)))


@router.get(
    "/{job_id}/events",
    response_class=Response,
    responses={**STREAM_ANSWERS, **refusals(400, 401, 404)},
    openapi_extra=secured(optional=True),
    summary="Watch a job",
)
async def watch_job(
    parts: Behind,
    caller: JobReader,
    job_id: str,
    last_event_id: Annotated[
        str | None, Header(description="The newest version already seen")
    ] = None,
) -> Response:
    """Server-Sent Events until the job ends, with a heartbeat comment every 15 seconds.

    Only the job of an erasure is watched without a token.
    """
    feed = await parts.follow_job(caller, parse_job_id(job_id), _version(last_event_id))
    if feed.over:
        feed.close()
        # 204 is how an EventSource is told not to come back.
        return Response(status_code=204, headers=NO_STORE)
    return EventStream(feed, FRAMES)


def _version(last_event_id: str | None) -> int:
    text = last_event_id or ""
    return int(text) if text.isdecimal() and len(text) <= MAX_VERSION_DIGITS else 0
