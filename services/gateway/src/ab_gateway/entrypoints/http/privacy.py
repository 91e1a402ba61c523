"""Erasing the caller, and watching that without a token."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http_privacy import ErasureOut
from ab_shared.errors import Unauthorized
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from ab_gateway.domain.identity import Identity
from ab_gateway.entrypoints.http.answers import answer, parse_job_id
from ab_gateway.entrypoints.http.documents import refusals, secured
from ab_gateway.entrypoints.http.parts import Behind, InPerson, known_caller, maybe_caller

router = APIRouter(prefix="/me", tags=["me"])


@router.delete(
    "",
    response_model=ErasureOut,
    status_code=202,
    responses=refusals(401, 403),
    openapi_extra=secured(),
    summary="Erase me",
)
async def erase(parts: Behind, caller: InPerson) -> Response:
    """Everything held of the caller goes: profile, sessions, sounds nobody else uses, purchases.

    It cannot be undone. Every token stops working at once; the job stays readable without one.
    Not while somebody impersonates the user, and not with an API key.
    """
    return answer(ErasureOut(job_id=await parts.erase_me(caller)), 202)


async def job_reader(request: Request, parts: Behind, job_id: str) -> Identity:
    """Who asks about a job; for an erasure nobody need be: its id, which is random, is enough.

    Whoever asked for it has no token left. A job of any other kind is Unauthorized without one.
    """
    try:
        return await known_caller(await maybe_caller(request))
    except Unauthorized:
        reader = await parts.read_job.reader_of_erasure(parse_job_id(job_id))
        if reader is None:
            raise
        return reader


JobReader = Annotated[Identity, Depends(job_reader)]
