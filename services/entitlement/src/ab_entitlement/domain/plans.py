"""The plans there are, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

PlanName: TypeAlias = Literal["free", "pro"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan holds; None stands for unlimited."""

    name: PlanName
    daily_generations: int | None
    offline_downloads: bool
    max_session_length_sec: int | None = None


@dataclass(frozen=True, slots=True)
class Plans:
    """Every plan of this deployment."""

    free: Plan
    pro: Plan = Plan("pro", daily_generations=None, offline_downloads=True)


def plans_with(free_daily_generations: int) -> Plans:
    """The plans of a deployment that gives away so many generations per UTC day."""
    return Plans(free=Plan("free", free_daily_generations, offline_downloads=False))
