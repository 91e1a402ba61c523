"""Answers what listeners did, by the day and by the week they began in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from ab_shared.contracts.analytics import Analytics as Answer
from ab_shared.contracts.analytics import CohortNumbers
from ab_shared.contracts.analytics import GetAnalytics as Request

from ab_session.back_office_ports import Analytics

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class GetAnalytics:
    """Reads what was counted; counts nothing itself."""

    analytics: Analytics

    async def __call__(self, request: Request) -> Answer:
        """Days that were never counted are left out."""
        async with self.analytics.begin() as unit:
            days = await unit.numbers(request.first, request.last)
            found = await unit.cohorts(request.first - timedelta(days=6), request.last)
        return Answer(days=tuple(days), cohorts=tuple(_cohorts(found)))


def _cohorts(found: Mapping[date, Mapping[date, int]]) -> Iterator[CohortNumbers]:
    for cohort, weeks in sorted(found.items()):
        # The nth week after the first; a week in which nobody came counts 0.
        last = max(weeks)
        span = range((last - cohort) // WEEK + 1)
        active = tuple(weeks.get(cohort + nth * WEEK, 0) for nth in span)
        if any(active):
            yield CohortNumbers(week=cohort, active=active)
