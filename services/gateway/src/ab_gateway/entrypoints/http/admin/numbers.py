"""Numbers: how everything stands now, and what listeners did by the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from ab_shared.contracts.analytics import MAX_DAYS, GetAnalytics
from ab_shared.contracts.http_admin_numbers import (
    AnalyticsDayOut,
    AnalyticsOut,
    DashboardOut,
    RollUpIn,
)
from ab_shared.errors import ValidationFailed
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from ab_gateway.domain.roles import Action, Administrator
from ab_gateway.entrypoints.http.admin.way_in import AdminDesk, described, needs
from ab_gateway.entrypoints.http.answers import answer, read_body
from ab_gateway.entrypoints.http.documents import takes
from ab_gateway.entrypoints.http.request_key import RequestKey

router = APIRouter(prefix="/admin")
MONTH = timedelta(days=30)


@router.get(
    "/dashboard/stats",
    response_model=DashboardOut,
    summary="See how everything stands",
    **described(Action.READ_STATS),
)
async def dashboard_stats(
    desk: AdminDesk, _by: Annotated[Administrator, needs(Action.READ_STATS)]
) -> Response:
    """At most ten seconds old; a service that does not answer is named in ``unavailable``."""
    return answer(await desk.numbers.dashboard())


@router.get(
    "/analytics",
    response_model=AnalyticsOut,
    summary="See what listeners did by the day",
    **described(Action.READ_ANALYTICS, 400),
)
async def read_analytics(
    desk: AdminDesk,
    _by: Annotated[Administrator, needs(Action.READ_ANALYTICS)],
    *,
    first: Annotated[date | None, Query(alias="from", description="First day, UTC")] = None,
    last: Annotated[date | None, Query(alias="to", description="Last day, UTC")] = None,
) -> Response:
    """Days that were counted, the last thirty where none are named; 366 at most. Counts only."""
    until = last or (first + MONTH if first else datetime.now(UTC).date())
    since = first or until - MONTH
    if not 0 <= (until - since).days < MAX_DAYS:
        wrong = {"from": f"must be at most {MAX_DAYS - 1} days before to, and not after it"}
        raise ValidationFailed("The range of days is not valid", details=wrong)
    return answer(await desk.numbers.days(GetAnalytics(first=since, last=until)))


@router.post(
    "/analytics/roll-up",
    response_model=AnalyticsDayOut,
    summary="Count a day anew",
    **described(Action.ROLL_UP, 400, 409, 413, 422, **takes(RollUpIn)),
)
async def roll_up_day(
    request: Request,
    desk: AdminDesk,
    by: Annotated[Administrator, needs(Action.ROLL_UP)],
    key: RequestKey,
) -> Response:
    """The same day again gives the same numbers, and takes in what was told late."""
    return answer(await desk.numbers.roll_up(by, await read_body(request, RollUpIn), key))
