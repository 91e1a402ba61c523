"""Devices that are told when a track or an offline file is ready."""

from __future__ import annotations

from ab_shared.contracts.http_notices import PushTokenIn, PushTokenOut, PushTokensOut
from fastapi import APIRouter, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import NO_STORE, answer, parse_device_id, read_body
from ab_gateway.entrypoints.http.documents import refusals, secured, takes
from ab_gateway.entrypoints.http.parts import Behind, InPerson, KnownCaller

router = APIRouter(prefix="/me/push-tokens", tags=["me"])


@router.post(
    "",
    status_code=201,
    response_model=PushTokenOut,
    responses=refusals(400, 401, 403, 413),
    openapi_extra={**secured(), **takes(PushTokenIn)},
    summary="Tell this device when something is ready",
)
async def register_device(request: Request, parts: Behind, caller: InPerson) -> Response:
    """Takes an Expo push token; of a user's devices the ten last seen are told.

    A device that somebody else had registered is the caller's from now on. What is told says what
    is ready and names the session by its id: no title, no affirmation.
    """
    wanted = await read_body(request, PushTokenIn)
    return answer(await parts.devices.register(caller, wanted), 201)


@router.get(
    "",
    response_model=PushTokensOut,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="List the devices that are told",
)
async def list_devices(parts: Behind, caller: KnownCaller) -> Response:
    """The last seen first, their tokens masked."""
    return answer(await parts.devices.all_of(caller))


@router.delete(
    "/{token_id}",
    status_code=204,
    response_class=Response,
    responses=refusals(400, 401, 403, 404),
    openapi_extra=secured(),
    summary="Tell this device no more",
)
async def drop_device(parts: Behind, caller: InPerson, token_id: str) -> Response:
    """To be called when its user signs out."""
    await parts.devices.drop(caller, parse_device_id(token_id))
    return Response(status_code=204, headers=NO_STORE)
