"""Accounts at the built-in issuer; served only where it is switched on."""

from __future__ import annotations

from ab_shared.contracts.http import CredentialsIn, LogoutIn, RefreshIn, Tokens
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from ab_gateway.domain.addresses import network_of
from ab_gateway.domain.rates import account_of, tighter
from ab_gateway.entrypoints.http.answers import NO_STORE, answer, read_body
from ab_gateway.entrypoints.http.documents import refusals, takes
from ab_gateway.entrypoints.http.parts import Behind, address_of, parts_of
from ab_gateway.entrypoints.http.trail import trail_of
from ab_gateway.usecases.limit_requests import refuse_beyond


async def _counted_origin(request: Request) -> None:
    # Before the body is read: an address that tries many accounts learns nothing more.
    trail = trail_of(request.scope)
    trail.allowance = await parts_of(request).limit.signing_in_from(address_of(request))
    refuse_beyond(trail.allowance)


async def _count_account(request: Request, account: str) -> None:
    trail = trail_of(request.scope)
    allowance = await parts_of(request).limit.signing_in_to(account)
    trail.allowance = tighter(trail.allowance or allowance, allowance)
    refuse_beyond(allowance)


router = APIRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(_counted_origin)])


@router.post(
    "/register",
    status_code=201,
    response_model=Tokens,
    responses=refusals(400, 409, 413),
    openapi_extra=takes(CredentialsIn),
    summary="Make an account",
)
async def register(request: Request, parts: Behind) -> Response:
    """Makes an account at the built-in issuer and signs in."""
    given = await read_body(request, CredentialsIn)
    await _count_account(request, f"email {account_of(given.email)}")
    return answer(await parts.sign_in.register(given), 201)


@router.post(
    "/login",
    response_model=Tokens,
    responses=refusals(400, 401, 413),
    openapi_extra=takes(CredentialsIn),
    summary="Sign in",
)
async def login(request: Request, parts: Behind) -> Response:
    """Signs in; a wrong address and a wrong password answer alike.

    After five wrong ones in a row the next try has to wait, longer each time, a quarter of an hour
    at the most (429 with ``Retry-After``).
    """
    given = await read_body(request, CredentialsIn)
    await _count_account(request, f"email {account_of(given.email)}")
    place = network_of(address_of(request))
    return answer(await parts.sign_in.login(given, place))


@router.post(
    "/refresh",
    response_model=Tokens,
    responses=refusals(400, 401, 413),
    openapi_extra=takes(RefreshIn),
    summary="Renew a sign-in",
)
async def refresh(request: Request, parts: Behind) -> Response:
    """Changes a refresh token for a new pair; a token used twice revokes its whole family."""
    given = await read_body(request, RefreshIn)
    await _count_account(request, f"token {given.refresh_token}")
    return answer(await parts.sign_in.refresh(given))


@router.post(
    "/logout",
    status_code=204,
    response_model=None,
    responses=refusals(400, 413),
    openapi_extra=takes(LogoutIn),
    summary="Sign out",
)
async def logout(request: Request, parts: Behind) -> Response:
    """Revokes a refresh token and its family; an unknown one is no error.

    With ``everywhere`` all sign-ins of its user end, as long as the token itself still holds.
    Access tokens of what has ended are refused from then on.
    """
    given = await read_body(request, LogoutIn)
    await _count_account(request, f"token {given.refresh_token}")
    await parts.sign_in.logout(given)
    return Response(status_code=204, headers=NO_STORE)
