"""The plans there are, as data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal, TypeAlias

PlanName: TypeAlias = Literal["free", "pro"]
DayOf: TypeAlias = Literal["utc", "user"]


@dataclass(frozen=True, slots=True)
class Budget:
    """What one user's jobs may cost on one day; None stands for unlimited."""

    characters: int | None = None
    rendered_seconds: int | None = None

    def times(self, factor: float) -> Budget:
        """So many times as much."""
        return Budget(
            None if self.characters is None else round(self.characters * factor),
            None if self.rendered_seconds is None else round(self.rendered_seconds * factor),
        )

    def holds(self, characters: int, rendered_ms: int) -> bool:
        """Whether something is left of both after so much was spent."""
        return (self.characters is None or characters < self.characters) and (
            self.rendered_seconds is None or rendered_ms < self.rendered_seconds * 1000
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan holds; None stands for unlimited (for ``voices``: all there are).

    ``granted_by`` names the store's entitlements that give it.
    """

    name: PlanName
    daily_generations: int | None
    offline_downloads: bool
    max_session_length_sec: int | None = None
    lines_per_session: int | None = None
    mixdown_minutes: int | None = 0
    voices: frozenset[str] | None = None
    budget: Budget = field(default_factory=Budget)
    granted_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plans:
    """Every plan of this deployment, and how rights to them are judged.

    ``hold``: a reservation that nobody settles lapses after this. ``optimism``: how long a payer
    keeps the plan after an expiry that the store could not be asked about. ``accept_sandbox``:
    whether purchases made with a store's test accounts count here. ``version`` names the data.
    """

    free: Plan
    pro: Plan
    version: str = "built-in"
    day: DayOf = "utc"
    hold: timedelta = timedelta(hours=1)
    optimism: timedelta = timedelta(hours=48)
    accept_sandbox: bool = False

    def giving_away(self, daily_generations: int | None) -> Plans:
        """The same plans with another number of free generations; None leaves it as it is.

        A budget that was made for fewer generations grows with their number.
        """
        if daily_generations is None:
            return self
        share = daily_generations / max(1, self.free.daily_generations or 1)
        free = replace(
            self.free,
            daily_generations=daily_generations,
            budget=self.free.budget.times(max(1.0, share)),
        )
        return replace(self, free=free)


FREE = Plan("free", daily_generations=2, offline_downloads=False)
PRO = Plan(
    "pro",
    daily_generations=None,
    offline_downloads=True,
    mixdown_minutes=180,
    granted_by=frozenset({"pro", "premium", "entrain_pro"}),
)


def plans_with(free_daily_generations: int) -> Plans:
    """The plain plans, giving away so many generations a day."""
    return Plans(free=FREE, pro=PRO).giving_away(free_daily_generations)
