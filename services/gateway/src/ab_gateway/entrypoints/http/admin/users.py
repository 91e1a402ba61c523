"""Listeners: looked up, and their day put right."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http import JobEnvelope
from ab_shared.contracts.http_admin import AdminUserOut, CorrectQuotaIn, FindUserIn, QuotaOut
from ab_shared.contracts.http_admin_sessions import MustSayWhyIn, TokensEndedOut
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from ab_gateway.domain.request_keys import parse_request_key
from ab_gateway.domain.roles import Action, Administrator
from ab_gateway.entrypoints.http.admin.way_in import (
    MAY_SAY_WHY,
    AdminDesk,
    SomeUser,
    described,
    needs,
    reason_in,
)
from ab_gateway.entrypoints.http.answers import answer, read_body
from ab_gateway.entrypoints.http.documents import takes
from ab_gateway.entrypoints.http.request_key import RequestKey

router = APIRouter(prefix="/admin/users")


@router.post(
    "/find",
    response_model=AdminUserOut,
    summary="Find a user by address",
    **described(Action.READ_USERS, 400, 404, 413, **takes(FindUserIn)),
)
async def find_user(
    request: Request, desk: AdminDesk, _by: Annotated[Administrator, needs(Action.READ_USERS)]
) -> Response:
    """The user who signs in with an e-mail address, which is looked up and forgotten."""
    given = await read_body(request, FindUserIn)
    return answer(await desk.users.find(given.email))


@router.get(
    "/{user_id}",
    response_model=AdminUserOut,
    summary="Look a user up",
    **described(Action.READ_USERS, 400, 404),
)
async def read_user(
    desk: AdminDesk,
    _by: Annotated[Administrator, needs(Action.READ_USERS)],
    user_id: SomeUser,
) -> Response:
    """Profile, plan, role and today's quota with its ledger; never what they wrote."""
    return answer(await desk.users.read(user_id))


@router.post(
    "/{user_id}/quota",
    response_model=QuotaOut,
    summary="Correct a user's day",
    **described(Action.CORRECT_QUOTA, 400, 404, 413, **takes(CorrectQuotaIn)),
)
async def correct_quota(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.CORRECT_QUOTA)],
    user_id: SomeUser,
    idempotency_key: Annotated[
        str | None, Header(description="Names this correction, so that a retry counts once")
    ] = None,
) -> Response:
    """Gives generations of today back (below 0) or takes them, with a reason for the trail."""
    key = parse_request_key(idempotency_key)
    wanted = await read_body(request, CorrectQuotaIn)
    return answer(await desk.users.correct(by, user_id, wanted, key))


@router.post(
    "/{user_id}/erase",
    status_code=202,
    response_model=JobEnvelope,
    summary="Erase a user",
    **described(Action.ERASE_USERS, 400, 404, 409, 413, 422, **takes(MustSayWhyIn)),
)
async def erase_user(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.ERASE_USERS)],
    user_id: SomeUser,
    key: RequestKey,
) -> Response:
    """Erases everything held of somebody, as if they had asked; the last ADMIN answers 409."""
    why = (await read_body(request, MustSayWhyIn)).reason
    return answer(await desk.users.erase(by, user_id, why, key), 202)


@router.post(
    "/{user_id}/revoke-tokens",
    response_model=TokensEndedOut,
    summary="End a user's tokens",
    **described(Action.REVOKE_TOKENS, 400, 404, 413, **MAY_SAY_WHY),
)
async def revoke_user_tokens(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.REVOKE_TOKENS)],
    user_id: SomeUser,
) -> Response:
    """Every token they have now stops working; keys for machines stay. Again is harmless."""
    return answer(await desk.users.revoke_tokens(by, user_id, await reason_in(request)))
