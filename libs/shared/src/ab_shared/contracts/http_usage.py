"""A user's day on the public API."""

from __future__ import annotations

from datetime import date
from typing import Literal

from ab_shared.contracts.http import ApiModel, Instant


class UsageLimitsOut(ApiModel):
    """What a day holds; unlimited is 9007199254740991."""

    daily_generations: int
    daily_characters: int
    daily_rendered_seconds: int


class UsageOut(ApiModel):
    """What the caller has used of a day; ``characters`` were newly sent to a voice."""

    plan: Literal["free", "pro"]
    day: date
    resets_at: Instant
    generations: int
    remaining_generations: int
    jobs: int
    characters: int
    reads_made: int
    reads_reused: int
    rendered_seconds: float
    limits: UsageLimitsOut
