"""What listeners do, counted by the day in UTC: numbers of people, never people."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field, model_validator

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT
from ab_shared.contracts.base import Contract, Request

MAX_DAYS = 366


class DayNumbers(Contract):
    """One day as it was last counted; ``stale``: something older has changed, it is due again."""

    day: date
    counts: dict[str, int]
    rolled_at: AwareDatetime
    stale: bool = False


class CohortNumbers(Contract):
    """Whose first active week (from Monday) this was; ``active[n]``: of them in the nth after."""

    week: date
    active: tuple[int, ...]


class Analytics(Contract):
    """Days that were rolled up, in their order, and the cohorts that began among them."""

    days: tuple[DayNumbers, ...]
    cohorts: tuple[CohortNumbers, ...]


class GetAnalytics(Request[Analytics]):
    """Ask for the days from ``first`` to ``last``, both included."""

    routing_key: ClassVar[str] = "session.get_analytics.v1"
    reply_type: ClassVar[type[Contract]] = Analytics

    first: date
    last: date

    @model_validator(mode="after")
    def _bounded(self) -> GetAnalytics:
        if not 0 <= (self.last - self.first).days < MAX_DAYS:
            raise ValueError(f"ask for 1 to {MAX_DAYS} days, the earlier first")
        return self


class RollUpDay(Request[DayNumbers]):
    """Count a day anew, as often as one likes; a day that has not begun is refused."""

    routing_key: ClassVar[str] = "session.roll_up_day.v1"
    reply_type: ClassVar[type[Contract]] = DayNumbers

    day: date
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str | None = Field(default=None, max_length=MAX_REASON)
