"""The caller's day: what was used, what is left."""

from __future__ import annotations

from ab_shared.contracts.http_usage import UsageOut
from fastapi import APIRouter
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer
from ab_gateway.entrypoints.http.documents import refusals, secured
from ab_gateway.entrypoints.http.me import TimeZone
from ab_gateway.entrypoints.http.parts import Behind, KnownCaller

router = APIRouter(prefix="/me", tags=["me"])


@router.get(
    "/usage",
    response_model=UsageOut,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="What have I used today?",
)
async def usage(parts: Behind, caller: KnownCaller, x_timezone: TimeZone = None) -> Response:
    """Generations, characters, reads made and reused, seconds rendered, and their limits."""
    return answer(await parts.read_usage(caller, x_timezone))
