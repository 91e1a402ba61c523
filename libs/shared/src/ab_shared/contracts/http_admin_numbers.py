"""Numbers on the admin surface: how everything stands, and what listeners do by the day."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from ab_shared.contracts.http import ApiModel, Instant, optional
from ab_shared.contracts.http_admin import Why


class PeopleNumbers(ApiModel):
    """Users; days are UTC."""

    total: int
    new_today: int
    new_week: int
    administrators: dict[str, int]
    privacy_jobs_live: int


class SessionNumbers(ApiModel):
    """Users' sessions; days are UTC."""

    total: int
    today: int
    week: int


class JobNumbers(ApiModel):
    """Live jobs by stage."""

    live: dict[str, int]
    oldest_at: Instant | None = optional()


class RenderNumbers(ApiModel):
    """Audio jobs that ended in the last 24 hours; no rate where none succeeded or failed."""

    ok: int
    failed: int
    cancelled: int
    success_rate: float | None = optional()


class SpendingNumbers(ApiModel):
    """Generations of the UTC day; payers by status, and who was given the plan."""

    generations_today: int
    payers: dict[str, int]
    given: int


class ModerationNumbers(ApiModel):
    """Texts that wait for a person."""

    pending: int
    oldest_pending_at: Instant | None = optional()


class DashboardOut(ApiModel):
    """Whatever could be asked; ``unavailable`` names the services that could not."""

    at: Instant
    users: PeopleNumbers | None = optional()
    sessions: SessionNumbers | None = optional()
    jobs: JobNumbers | None = optional()
    mixdowns: JobNumbers | None = optional()
    renders: RenderNumbers | None = optional()
    spending: SpendingNumbers | None = optional()
    moderation: ModerationNumbers | None = optional()
    unavailable: tuple[str, ...]


class FunnelOut(ApiModel):
    """People that day, step by step; ``firstStart`` is the first in their life."""

    signed_up: int
    generated: int
    created: int
    ready: int
    first_start: int
    completed: int


class ListeningOut(ApiModel):
    """Events of the day; no rate where nothing was started."""

    starts: int
    completes: int
    abandons: int
    completion_rate: float | None = optional()


class RenderCostOut(ApiModel):
    """Audio jobs that ended that day and what they took; ``readsMade`` of ``reads`` were new."""

    ok: int
    failed: int
    cancelled: int
    success_rate: float | None = optional()
    reads: int
    reads_made: int
    characters: int
    rendered_seconds: float
    render_seconds: float


class AnalyticsDayOut(ApiModel):
    """One day in UTC as it was last counted; ``stale``: due again, an older day has changed."""

    day: date
    dau: int
    wau: int
    mau: int
    funnel: FunnelOut
    listening: ListeningOut
    renders: RenderCostOut
    rolled_at: Instant
    stale: bool


class CohortOut(ApiModel):
    """Who was first active in the week from this Monday; ``active[n]``: of them n weeks later."""

    week: date
    size: int
    active: tuple[int, ...]
    retention: tuple[float, ...]


class AnalyticsOut(ApiModel):
    """Days that were counted, in their order; cohorts that began among them."""

    days: tuple[AnalyticsDayOut, ...]
    cohorts: tuple[CohortOut, ...]


class RollUpIn(ApiModel):
    """Which day (UTC) to count anew."""

    day: date = Field(description="A day that has begun")
    reason: Why | None = None
