"""The caller: profile and entitlement."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http import EntitlementV3, ProfileOut
from fastapi import APIRouter, Header
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer
from ab_gateway.entrypoints.http.documents import refusals, secured
from ab_gateway.entrypoints.http.parts import Behind, KnownCaller

router = APIRouter(prefix="/me", tags=["me"])
TimeZone = Annotated[
    str | None, Header(description="IANA zone to use for this request; an unknown one is not")
]


@router.get(
    "",
    response_model=ProfileOut,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="Who am I?",
)
async def profile(
    parts: Behind,
    caller: KnownCaller,
    x_timezone: TimeZone = None,
) -> Response:
    """The caller's profile; a user seen for the first time is made."""
    return answer(await parts.read_profile(caller, x_timezone))


@router.get(
    "/entitlement",
    response_model=EntitlementV3,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="What may I do?",
)
async def entitlement(parts: Behind, caller: KnownCaller, x_timezone: TimeZone = None) -> Response:
    """Plan, limits and what remains of today; unlimited is 9007199254740991."""
    return answer(await parts.read_entitlement(caller, x_timezone))
