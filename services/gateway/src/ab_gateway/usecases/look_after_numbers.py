"""Numbers for administrators: how everything stands now, and what listeners did by the day."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from ab_shared.contracts import analytics, desk_stats, moderation
from ab_shared.contracts import http_admin_numbers as http
from ab_shared.contracts.base import ReplyT, Request
from ab_shared.errors import AbError
from ab_shared.messaging.ports import Caller
from ab_shared.runtime.clock import Clock

from ab_gateway.domain import presenting_numbers
from ab_gateway.domain.request_keys import keyed
from ab_gateway.domain.roles import Administrator
from ab_gateway.usecases.answer_once import AnswerOnce

# Several people look at once, and a page looks every few seconds: the services are asked less.
KEPT = timedelta(seconds=10)
ASK_SECONDS = 2.0
ROLL_UP = "POST /admin/analytics/roll-up"
# A day of a million events takes its seconds.
ROLL_UP_SECONDS = 14.0


class LookAfterNumbers:
    """Whoever does not answer is named, and the rest told all the same."""

    def __init__(self, services: Caller, once: AnswerOnce, now: Clock) -> None:
        self._services = services
        self._once = once
        self._now = now
        self._kept: http.DashboardOut | None = None
        self._asking = asyncio.Lock()

    async def dashboard(self) -> http.DashboardOut:
        """At most ten seconds old; one round of questions however many ask."""
        async with self._asking:
            if self._kept is None or self._kept.at + KEPT <= self._now():
                self._kept = await self._ask_all(self._now())
            return self._kept

    async def days(self, wanted: analytics.GetAnalytics) -> http.AnalyticsOut:
        """Days that were counted, and cohorts."""
        return presenting_numbers.days(await self._services.call(wanted))

    async def roll_up(
        self, by: Administrator, wanted: http.RollUpIn, key: str | None
    ) -> http.AnalyticsDayOut:
        """Counts a day anew."""
        deed = analytics.RollUpDay(
            day=wanted.day, actor=by.user_id, actor_kind="admin", reason=wanted.reason
        )
        asked = keyed(by.user_id, ROLL_UP, key, wanted.model_dump_json())
        numbers = await self._once(
            asked,
            analytics.DayNumbers,
            lambda: self._services.call(deed, timeout=ROLL_UP_SECONDS),
        )
        return presenting_numbers.day(numbers)

    async def _ask_all(self, at: datetime) -> http.DashboardOut:
        people, sessions, spending, waiting = await asyncio.gather(
            self._ask(desk_stats.GetPeopleStats()),
            self._ask(desk_stats.GetSessionStats()),
            self._ask(desk_stats.GetSpendingStats()),
            self._ask(moderation.CountModeration()),
        )
        shown = presenting_numbers
        asked = {
            "auth": people,
            "session": sessions,
            "entitlement": spending,
            "moderation": waiting,
        }
        return http.DashboardOut(
            at=at,
            users=shown.people(people) if people else None,
            sessions=shown.sessions(sessions) if sessions else None,
            jobs=shown.live(sessions.jobs, sessions.oldest_job_at) if sessions else None,
            mixdowns=shown.live(sessions.mixdowns, sessions.oldest_mixdown_at)
            if sessions
            else None,
            renders=shown.renders(sessions) if sessions else None,
            spending=shown.spending(spending) if spending else None,
            moderation=shown.waiting(waiting) if waiting else None,
            unavailable=tuple(name for name, answer in asked.items() if answer is None),
        )

    async def _ask(self, request: Request[ReplyT]) -> ReplyT | None:
        try:
            return await self._services.call(request, timeout=ASK_SECONDS)
        except AbError:
            return None
