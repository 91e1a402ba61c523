"""The one way in to the admin surface: a believed caller, their rate, their role."""

from __future__ import annotations

from typing import Annotated, Any

from ab_shared.contracts.http_admin import ReasonIn, UserId
from ab_shared.errors import DependencyUnavailable, Unauthorized
from fastapi import Depends, Path, Request

from ab_gateway.domain.roles import RIGHTS, Action, Administrator
from ab_gateway.entrypoints.http.admin.parts import AdminParts
from ab_gateway.entrypoints.http.answers import read_body
from ab_gateway.entrypoints.http.documents import refusals, secured, takes
from ab_gateway.entrypoints.http.parts import (
    Parts,
    authenticated,
    counted_address,
    parts_of,
)
from ab_gateway.entrypoints.http.trail import trail_of
from ab_gateway.usecases.limit_requests import refuse_beyond

# Not required: most deeds explain themselves.
MAY_SAY_WHY = {"requestBody": {**takes(ReasonIn)["requestBody"], "required": False}}


def _started(request: Request) -> Parts:
    # On a port of its own this surface can be up before what it stands on.
    if getattr(request.app.state, "parts", None) is None:
        raise DependencyUnavailable("the gateway has not started")
    return parts_of(request)


async def _behind(request: Request) -> AdminParts:
    return _started(request).admin


AdminDesk = Annotated[AdminParts, Depends(_behind)]
SomeUser = Annotated[UserId, Path(description="Id of a user")]


def needs(action: Action) -> Any:
    """What every admin route depends on: lets through whose role allows ``action``."""

    async def administrator(request: Request) -> Administrator:
        parts, trail = _started(request), trail_of(request.scope)
        caller = await authenticated(request)
        if caller is None:
            await counted_address(request)
            raise Unauthorized("Sign in first: this needs a bearer token")
        trail.user_id = caller.user_id
        # Before the role is looked at: whoever has none shall not ask auth all day.
        trail.allowance = await parts.limit.administering(caller.user_id)
        refuse_beyond(trail.allowance)
        return await parts.admin.check_role(caller, action)

    return Depends(administrator)


async def reason_in(request: Request) -> str | None:
    """Why something is done, where the body says so; it may be missing altogether."""
    if not await request.body():
        return None
    return (await read_body(request, ReasonIn)).reason


def described(action: Action, *statuses: int, **more: Any) -> dict[str, Any]:
    """What the OpenAPI document says of an admin route, the roles it takes included."""
    return {
        "responses": refusals(401, 403, *statuses),
        "openapi_extra": {
            **secured(),
            "x-right": action.value,
            "x-roles": sorted(role.value for role in RIGHTS[action]),
            **more,
        },
    }
