"""Administrators: who one is, who they all are, who becomes one."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http_admin import AdminMeOut, AdminsOut, GrantIn, HeldRoleOut
from fastapi import APIRouter, Request
from starlette.responses import Response

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

router = APIRouter(prefix="/admin")


@router.get(
    "/me",
    response_model=AdminMeOut,
    summary="What may I do here?",
    **described(Action.WHO_AM_I),
)
async def admin_me(by: Annotated[Administrator, needs(Action.WHO_AM_I)]) -> Response:
    """The caller's role and rights."""
    may = tuple(action.value for action in by.may)
    return answer(AdminMeOut(user_id=by.user_id, role=by.role, may=may))


@router.get(
    "/admins",
    response_model=AdminsOut,
    summary="List administrators",
    **described(Action.READ_ADMINS),
)
async def list_admins(
    desk: AdminDesk, _by: Annotated[Administrator, needs(Action.READ_ADMINS)]
) -> Response:
    """Everybody with a role, longest-serving first."""
    return answer(await desk.admins.everybody())


@router.post(
    "/admins",
    response_model=HeldRoleOut,
    summary="Give a role",
    **described(Action.CHANGE_ADMINS, 400, 404, 409, 413, **takes(GrantIn)),
)
async def grant_role(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.CHANGE_ADMINS)],
) -> Response:
    """Gives a user a role in place of any they hold; the last ADMIN keeps theirs (409)."""
    return answer(await desk.admins.grant(by, await read_body(request, GrantIn)))


@router.post(
    "/admins/{user_id}/revoke",
    response_model=HeldRoleOut,
    summary="Take a role",
    **described(Action.CHANGE_ADMINS, 400, 404, 409, 413, **MAY_SAY_WHY),
)
async def revoke_role(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.CHANGE_ADMINS)],
    user_id: SomeUser,
) -> Response:
    """Takes a user's role; the last ADMIN keeps theirs (409)."""
    return answer(await desk.admins.revoke(by, user_id, await reason_in(request)))
