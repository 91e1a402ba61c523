"""The caller: profile and entitlement."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http import EntitlementV3, ProfileOut
from ab_shared.contracts.http_profile import ProfileIn
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer, read_body
from ab_gateway.entrypoints.http.documents import refusals, secured, takes
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


@router.patch(
    "",
    response_model=ProfileOut,
    responses=refusals(400, 401, 413),
    openapi_extra={**secured(), **takes(ProfileIn)},
    summary="Change my profile",
)
async def change_profile(request: Request, parts: Behind, caller: KnownCaller) -> Response:
    """Sets the zone that "today" is counted in wherever a request names none (`X-Timezone`).

    The day of the limits moves with it a day after the last move at the earliest.
    """
    return answer(await parts.update_profile(caller, await read_body(request, ProfileIn)))


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
