"""The audit trail: read only, there is no other route to it."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.audit import MAX_PAGE, MAX_TEXT, ListAudit
from ab_shared.contracts.http_admin import AuditOut
from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from ab_gateway.domain.paging import MAX_CURSOR_LENGTH
from ab_gateway.domain.presenting_admin import before_number, sane_instant
from ab_gateway.domain.roles import Action, Administrator
from ab_gateway.entrypoints.http.admin.way_in import AdminDesk, described, needs
from ab_gateway.entrypoints.http.answers import answer

router = APIRouter(prefix="/admin")
Text = Annotated[str | None, Query(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]


@router.get(
    "/audit",
    response_model=AuditOut,
    summary="Read the audit trail",
    **described(Action.READ_AUDIT, 400),
)
async def read_audit(
    desk: AdminDesk,
    _by: Annotated[Administrator, needs(Action.READ_AUDIT)],
    *,
    actor: Text = None,
    action: Text = None,
    subject: Text = None,
    since: Annotated[AwareDatetime | None, Query(description="An instant")] = None,
    limit: Annotated[int, Query(description="Entries; brought into 1 to 200")] = 50,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR_LENGTH)] = None,
) -> Response:
    """Who did what to what, newest first; `action` also by how it begins (`job.`)."""
    wanted = ListAudit(
        limit=max(1, min(limit, MAX_PAGE)),
        before=before_number(cursor or None),
        actor=actor or None,
        action=action or None,
        subject=subject or None,
        since=sane_instant(since, "since") if since else None,
    )
    return answer(await desk.admins.trail(wanted))
