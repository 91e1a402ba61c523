"""How everything stands, and what listeners do by the day, in the shapes of the admin surface."""

from __future__ import annotations

from datetime import datetime

from ab_shared.contracts import analytics, desk_stats, moderation
from ab_shared.contracts import http_admin_numbers as http


def rate(good: int, bad: int) -> float | None:
    """The share of what was good; None where there was neither."""
    return round(good / (good + bad), 4) if good + bad else None


def people(stats: desk_stats.PeopleStats) -> http.PeopleNumbers:
    """Users."""
    return http.PeopleNumbers(
        total=stats.users,
        new_today=stats.new_today,
        new_week=stats.new_week,
        administrators=stats.roles,
        privacy_jobs_live=stats.privacy_jobs_live,
    )


def sessions(stats: desk_stats.SessionStats) -> http.SessionNumbers:
    """Users' sessions."""
    return http.SessionNumbers(
        total=stats.sessions, today=stats.created_today, week=stats.created_week
    )


def live(stages: desk_stats.Count, oldest_at: datetime | None) -> http.JobNumbers:
    """Live jobs of one kind."""
    return http.JobNumbers(live=stages, oldest_at=oldest_at)


def renders(stats: desk_stats.SessionStats) -> http.RenderNumbers:
    """Audio jobs of the last day; a job that was called off is neither good nor bad."""
    return http.RenderNumbers(
        ok=stats.renders_ok,
        failed=stats.renders_failed,
        cancelled=stats.renders_cancelled,
        success_rate=rate(stats.renders_ok, stats.renders_failed),
    )


def spending(stats: desk_stats.SpendingStats) -> http.SpendingNumbers:
    """Generations and payers."""
    return http.SpendingNumbers(
        generations_today=stats.generations_today, payers=stats.payers, given=stats.given
    )


def waiting(counted: moderation.ModerationStats) -> http.ModerationNumbers:
    """Texts that wait for a person."""
    return http.ModerationNumbers(
        pending=counted.pending, oldest_pending_at=counted.oldest_pending_at
    )


def days(found: analytics.Analytics) -> http.AnalyticsOut:
    """Days and cohorts."""
    return http.AnalyticsOut(
        days=tuple(day(one) for one in found.days),
        cohorts=tuple(_cohort(one) for one in found.cohorts),
    )


def day(numbers: analytics.DayNumbers) -> http.AnalyticsDayOut:
    """One day; a number that is missing is 0."""
    held = numbers.counts

    def of(name: str) -> int:
        return held.get(name, 0)

    return http.AnalyticsDayOut(
        day=numbers.day,
        dau=of("active"),
        wau=of("activeWeek"),
        mau=of("activeMonth"),
        funnel=http.FunnelOut(
            signed_up=of("signedUp"),
            generated=of("generated"),
            created=of("created"),
            ready=of("ready"),
            first_start=of("firstStart"),
            completed=of("completed"),
        ),
        listening=http.ListeningOut(
            starts=of("starts"),
            completes=of("completes"),
            abandons=of("abandons"),
            completion_rate=_share(of("completes"), of("starts")),
        ),
        renders=http.RenderCostOut(
            ok=of("rendersOk"),
            failed=of("rendersFailed"),
            cancelled=of("rendersCancelled"),
            success_rate=rate(of("rendersOk"), of("rendersFailed")),
            reads=of("reads"),
            reads_made=of("readsMade"),
            characters=of("characters"),
            rendered_seconds=of("renderedMs") / 1000,
            render_seconds=of("renderMs") / 1000,
        ),
        rolled_at=numbers.rolled_at,
        stale=numbers.stale,
    )


def _cohort(numbers: analytics.CohortNumbers) -> http.CohortOut:
    size = numbers.active[0]
    retention = tuple(_share(active, size) or 0.0 for active in numbers.active)
    return http.CohortOut(week=numbers.week, size=size, active=numbers.active, retention=retention)


def _share(part: int, whole: int) -> float | None:
    # Told late, a completion may stand on a day without its start.
    return round(min(1.0, part / whole), 4) if whole else None
