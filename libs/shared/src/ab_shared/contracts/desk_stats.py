"""Numbers an operator wants at a glance, each service's own; counts only, of nobody."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime, Field

from ab_shared.contracts.base import Contract, Request

Count = dict[str, int]


class PeopleStats(Contract):
    """Days are UTC; ``roles`` by name."""

    users: int = Field(ge=0)
    new_today: int = Field(ge=0)
    new_week: int = Field(ge=0)
    roles: Count = Field(default_factory=dict)
    privacy_jobs_live: int = Field(default=0, ge=0)


class GetPeopleStats(Request[PeopleStats]):
    """Ask how many users there are."""

    routing_key: ClassVar[str] = "auth.stats.v1"
    reply_type: ClassVar[type[Contract]] = PeopleStats


class SessionStats(Contract):
    """Users' sessions without the catalogue's; renders are audio jobs that ended of late.

    ``jobs`` and ``mixdowns`` count live ones by stage.
    """

    sessions: int = Field(ge=0)
    created_today: int = Field(ge=0)
    created_week: int = Field(ge=0)
    jobs: Count = Field(default_factory=dict)
    oldest_job_at: AwareDatetime | None = None
    mixdowns: Count = Field(default_factory=dict)
    oldest_mixdown_at: AwareDatetime | None = None
    renders_ok: int = Field(ge=0)
    renders_failed: int = Field(ge=0)
    renders_cancelled: int = Field(ge=0)


class GetSessionStats(Request[SessionStats]):
    """Ask how sessions and jobs stand; renders of the last 24 hours."""

    routing_key: ClassVar[str] = "session.stats.v1"
    reply_type: ClassVar[type[Contract]] = SessionStats


class SpendingStats(Contract):
    """``generations_today`` of the UTC day; ``payers`` by status and ``given`` by operators."""

    generations_today: int = Field(ge=0)
    payers: Count = Field(default_factory=dict)
    given: int = Field(default=0, ge=0)


class GetSpendingStats(Request[SpendingStats]):
    """Ask what was spent today, and who pays."""

    routing_key: ClassVar[str] = "entitlement.stats.v1"
    reply_type: ClassVar[type[Contract]] = SpendingStats
